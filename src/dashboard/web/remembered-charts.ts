const key = 'instrument_server.charts';
const mostRemembered = 50;

/** The metrics whose charts the reader added, as this browser remembers them. Never throws. */
export function rememberedCharts(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string').slice(0, mostRemembered) : [];
  } catch {
    return [];
  }
}

/** Makes this browser remember these metrics, and forget all others. Never throws. */
export function rememberCharts(metrics: Iterable<string>): void {
  try {
    localStorage.setItem(key, JSON.stringify([...metrics]));
  } catch {
    // The browser stores nothing: the charts stay until the page is closed.
  }
}
