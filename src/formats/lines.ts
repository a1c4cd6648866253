/** Lines of an output that comes in chunks of any size. */
import type { FormatFinding } from './format.ts';

/**
 * Divides the chunks again, at line ends. If the output was cut, an unfinished last line is left
 * out. Throws only what the chunks throw.
 */
export function* piecesOf(chunks: Iterable<Uint8Array>, truncated: boolean): Generator<Uint8Array, void, undefined> {
  let begun: Uint8Array[] = []; // the start of a line whose end has not come yet
  for (const chunk of chunks) {
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) yield begun.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...begun, chunk.subarray(0, end)]);
    if (end > 0) begun = [];
    if (end < chunk.length) begun.push(new Uint8Array(chunk.subarray(end))); // a copy: the chunk may be overwritten
  }
  if (begun.length > 0 && !truncated) yield Buffer.concat(begun);
}

/** Decodes one character per byte, so that an index into the text is an index into the bytes. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/**
 * Returns the same text in memory of its own: one that was cut out of a longer text keeps all of
 * that in memory, and takes longer to compare.
 */
export function copied(text: string): string {
  return Buffer.from(text).toString();
}

/** Returns where the line that begins at `start` ends: its line feed, or the end of the text. */
export function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** Decodes the first 200 characters as UTF-8, with U+FFFD for bytes that are not UTF-8. */
export function shownText(bytes: Uint8Array): string {
  const plain = latin1(bytes.subarray(0, 200));
  if (!/[\x80-\xff]/.test(plain)) return plain;
  const mostBytes = 200 * 4; // a character has at most 4 bytes
  const shown = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, mostBytes));
  return [...shown].slice(0, 200).join('');
}

/** Returns a Latin-1 text as the UTF-8 that its bytes are; null: they are not UTF-8. */
export function asUtf8(text: string): string | null {
  if (!/[\x80-\xff]/.test(text)) return text;
  try {
    return strictUtf8.decode(Buffer.from(text, 'latin1'));
  } catch {
    return null;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const shownCharacters = 200;

/** Returns the first 200 characters of a text. */
export function firstCharacters(text: string): string {
  if (text.length <= shownCharacters) return text;
  return [...text.slice(0, shownCharacters * 2)].slice(0, shownCharacters).join('');
}

/** A longer line, which is read in one step, would hold up the agent. */
const longestNameLine = 65_536;

/**
 * Why a line that gives one name is not read: with this many characters, the name is too long, too.
 * Null: it is short enough.
 */
export function lineTooLong({ length }: string): FormatFinding | null {
  if (length <= longestNameLine) return null;
  return { kind: 'bad', reason: 'bad-syntax', hint: `the line has more than ${longestNameLine} characters` };
}
