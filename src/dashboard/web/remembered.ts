/** What this browser remembers under a name; null: nothing that can be read. Never throws. */
export function rememberedValue(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
  } catch {
    return null;
  }
}

/** Makes this browser remember a value, in place of the last one of that name. Never throws. */
export function rememberValue(name: string, value: unknown): void {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // The browser stores nothing: it lasts until the page is closed.
  }
}

function keyOf(name: string): string {
  return `instrument_server.${name}`;
}
