/**
 * What a word of plugin output may be. A line is NAME VALUE or NAME VALUE UNIX_TIME; everything that makes one up is ASCII, so
 * the checks work on output decoded as latin1, one character a byte.
 *
 * None of the checks on single words backtracks: a word may be 16 MiB long, and a regular expression that repeats a group
 * overflows V8's stack on one.
 */

/** A time further ahead of the run's end than this is taken for a mistake. */
export const furthestAheadS = 24 * 60 * 60;

/** The words of a line, at most `limit` of them: runs of anything but spaces and tabs. Never throws. */
export function firstWords(line: string, limit: number): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/[^ \t]+/g)) {
    words.push(word);
    if (words.length === limit) break;
  }
  return words;
}

/** True for one or more segments of `[A-Za-z0-9_-]+` joined by single dots. */
export function isName(word: string): boolean {
  return (
    word !== '' && !/[^A-Za-z0-9_.-]/.test(word) && !word.startsWith('.') && !word.endsWith('.') && !word.includes('..')
  );
}

/**
 * True for an optional sign, digits with an optional fraction or a fraction alone, and an optional exponent. Says nothing of its
 * size: `1e400` is a number whose value is not finite.
 */
export function isNumber(word: string): boolean {
  if (word === '' || /[^0-9.eE+-]/.test(word) || /\.(?![0-9])/.test(word)) return false;
  return !Number.isNaN(Number(word)); // with these characters and no bare point, Number() takes exactly our grammar
}

/** True for digits with an optional fraction: no sign, no exponent. */
export function isTime(word: string): boolean {
  return !/[^0-9.]/.test(word) && !word.startsWith('.') && isNumber(word);
}
