/** Where it is remembered: for this browser, or as long as its tab is open. */
type BrowserStore = 'localStorage' | 'sessionStorage';

/** What this browser remembers under a name; null: nothing that can be read. Never throws. */
export function rememberedValue(name: string, store: BrowserStore = 'localStorage'): unknown {
  try {
    return JSON.parse(window[store].getItem(keyOf(name)) ?? 'null');
  } catch {
    return null;
  }
}

/** Makes this browser remember a value, in place of the last one of that name. Never throws. */
export function rememberValue(name: string, value: unknown, store: BrowserStore = 'localStorage'): void {
  try {
    window[store].setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // The browser stores nothing: it lasts until the page is closed.
  }
}

function keyOf(name: string): string {
  return `instrument_server.${name}`;
}
