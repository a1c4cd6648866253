/** The tokens of JSON text, one at a time. No token goes over the end of a line. */

/** One token, from `at` up to `end`. `bad`: there is none at `at`, where `expected` should be. */
export type JsonToken =
  | { readonly kind: 'mark'; readonly mark: string; readonly at: number; readonly end: number }
  | { readonly kind: 'string'; readonly at: number; readonly end: number }
  /** `true`, `false` and `null`, and what is not JSON but often printed: `NaN`, `Infinity`. */
  | { readonly kind: 'word'; readonly word: string; readonly at: number; readonly end: number }
  | { readonly kind: 'number'; readonly at: number; readonly end: number }
  | { readonly kind: 'bad'; readonly at: number; readonly end: number; readonly expected: string | null };

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /true|false|null|NaN|-?Infinity/y;

/** Returns the first token at `from` or behind it; null: the line has no more. Never throws. */
export function tokenAt(text: string, from: number): JsonToken | null {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  if (at === text.length) return null;
  const first = text.charAt(at);
  if ('{}[],:'.includes(first)) return { kind: 'mark', mark: first, at, end: at + 1 };
  if (first === '"') return stringAt(text, at);
  number.lastIndex = at;
  if (number.test(text)) return { kind: 'number', at, end: number.lastIndex };
  word.lastIndex = at;
  const [found] = word.exec(text) ?? [];
  if (found !== undefined) return { kind: 'word', word: found, at, end: at + found.length };
  return { kind: 'bad', at, end: at, expected: null };
}

function stringAt(text: string, start: number): JsonToken {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 34) return { kind: 'string', at: start, end: at + 1 };
    if (code < 32) return { kind: 'bad', at, end: at, expected: 'an escape such as \\t in a string' };
    const length = code === 92 ? escapeLength(text, at) : 1;
    if (length === 0) return { kind: 'bad', at, end: at, expected: 'an escape that JSON has' };
    at += length;
  }
  return { kind: 'bad', at, end: at, expected: 'the closing quote of a string' };
}

/** How long an escape is; 0: JSON has none like it. */
function escapeLength(text: string, at: number): number {
  const letter = text.charAt(at + 1);
  if (letter === 'u') return /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0;
  return letter !== '' && '"\\/bfnrt'.includes(letter) ? 2 : 0;
}

/** Returns the first `limit` characters of what a string token stands for. */
export function stringValue(text: string, { at, end }: { readonly at: number; readonly end: number }, limit: number) {
  const token = text.slice(at, end);
  if (!token.includes('\\')) return token.slice(1, Math.min(token.length - 1, 1 + limit));
  const value: string = JSON.parse(token); // a string: `tokenAt` has read it
  return value.slice(0, limit);
}
