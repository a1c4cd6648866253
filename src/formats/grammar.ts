/**
 * The grammar of a line's words. A line is NAME VALUE or NAME VALUE UNIX_TIME, all in ASCII, so
 * the checks work on output that was decoded as latin1, one character per byte.
 *
 * No check of a single word backtracks, because a word can be 16 MiB long, and a regular
 * expression that repeats a group overflows V8's stack on such a word.
 */

/** A time that is further ahead of the run's end than this is a mistake. */
export const furthestAheadS = 24 * 60 * 60;

/**
 * 2001-09-09 01:46:40 UTC, the first time with ten digits. A time before it is a mistake: a count,
 * or words in another order.
 */
export const earliestS = 1_000_000_000;

/**
 * Whether the time on a line can be meant, for a run that ended at `endedAtS`. Both are in unix
 * seconds.
 */
export function isPlausibleTime(atS: number, endedAtS: number): boolean {
  return atS >= earliestS && atS <= endedAtS + furthestAheadS;
}

/** Returns the first `limit` words of a line. Spaces and tabs separate words. Never throws. */
export function firstWords(line: string, limit: number): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/[^ \t]+/g)) {
    words.push(word);
    if (words.length === limit) break;
  }
  return words;
}

/** Returns where the next word begins, at `from` or behind it; the end of the line if none does. */
export function wordStart(line: string, from: number): number {
  let at = from;
  while (isBlankCode(line.charCodeAt(at))) at += 1;
  return at;
}

/** Returns where the word that `from` is in ends: at a blank, or at the `end` of the line. */
export function wordEnd(line: string, from: number, end = line.length): number {
  let at = from;
  while (at < end && !isBlankCode(line.charCodeAt(at))) at += 1;
  return at;
}

/** Whether a character can stand in a name of most systems: a letter, a digit or `_`. */
export function isNameCode(code: number): boolean {
  return (code >= 97 && code <= 122) || isDigitCode(code) || (code >= 65 && code <= 90) || code === 95;
}

export function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isBlankCode(code: number): boolean {
  return code === 32 || code === 9;
}

/** Whether the word is one or more segments `[A-Za-z0-9_-]+`, joined by single dots. */
export function isName(word: string): boolean {
  return (
    word !== '' && !/[^A-Za-z0-9_.-]/.test(word) && !word.startsWith('.') && !word.endsWith('.') && !word.includes('..')
  );
}

/**
 * Whether the word is a number: an optional sign, digits with an optional fraction or a fraction
 * alone, and an optional exponent. Its size does not matter: `1e400` is a number, not finite.
 */
export function isNumber(word: string): boolean {
  if (word === '' || /[^0-9.eE+-]/.test(word) || /\.(?![0-9])/.test(word)) return false;
  return !Number.isNaN(Number(word)); // with these characters and no bare point, Number() accepts exactly this grammar
}

/**
 * Returns where the line from `start` to the line feed at `end` ends without the carriage returns
 * there; there can be any number of them. A loop, because `/\r+$/` takes time that grows with the
 * square of a line's length.
 */
export function withoutReturns(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) === 13) at -= 1;
  return at;
}

/** Whether the word is digits with an optional fraction, without sign and exponent. */
export function isTime(word: string): boolean {
  return !/[^0-9.]/.test(word) && !word.startsWith('.') && isNumber(word);
}

/**
 * Returns the whole seconds of a time whose number of digits says its unit: 10 for seconds,
 * 13, 16 and 19 for milli-, micro- and nanoseconds. Null: it is not a time.
 */
export function secondsByDigits(word: string): number | null {
  if (/[^0-9]/.test(word) || ![10, 13, 16, 19].includes(word.length)) return null;
  return Number(word.slice(0, 10));
}
