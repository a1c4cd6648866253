import { readFileSync } from 'node:fs';
import { plainWords } from './words.ts';

/** One thing that a check found: `path:line: what is wrong; what to write`. */
export type Finding = string;

const proseEnds = 100;
const codeEnds = 120;

/**
 * Words that plain prose does not need: in comments, sentences of the log, help and pages alike.
 * `proseOf` gives the part of a line to look at; without it, that is all of it.
 */
export function dialectIn(path: string, proseOf = (line: string) => line): readonly Finding[] {
  return linesOf(path).flatMap((line, index) =>
    plainWords.flatMap(([pattern, write]) => {
      const found = pattern.exec(proseOf(line));
      return found ? [`${path}:${index + 1}: "${found[0]}"; plain English: ${write}`] : [];
    }),
  );
}

/** The comment of a line, or an empty text. For tests: their titles are sentences of their own. */
export function commentOf(line: string): string {
  return /(?:^\s*(?:\/\*|\*|\/\/)|\s\/\/ ).*/.exec(line)?.[0] ?? '';
}

/** Lines of source that are too wide: comments end before column 100, code before 120. */
export function wideSource(path: string): readonly Finding[] {
  return tooWide(path, (line) => (isComment(line) ? proseEnds : codeEnds));
}

/** Comments that are too wide. For tests, where the title of a test is a line of code. */
export function wideComments(path: string): readonly Finding[] {
  return tooWide(path, (line) => (isComment(line) ? proseEnds : Number.POSITIVE_INFINITY));
}

function tooWide(path: string, endOf: (line: string) => number): readonly Finding[] {
  return linesOf(path).flatMap((line, index) => {
    const end = endOf(line);
    return line.length <= end ? [] : [`${path}:${index + 1}: ${line.length} columns; ${end} at most`];
  });
}

function isComment(line: string): boolean {
  return /^\s*(\/\*|\*|\/\/)/.test(line);
}

/**
 * Lines of a page that are too wide. Tables, code blocks, and words that can't be broken are left
 * out.
 */
export function wideProse(path: string): readonly Finding[] {
  let isCode = false;
  return linesOf(path).flatMap((line, index) => {
    if (/^\s*```/.test(line)) isCode = !isCode;
    const isExempt =
      isCode ||
      /^\s*\|/.test(line) ||
      !/\s\S/.test(
        line
          .trim()
          .slice(0, proseEnds)
          .replace(/^[-*>#\d.]+\s/, ''),
      );
    return line.length <= proseEnds || isExempt
      ? []
      : [`${path}:${index + 1}: ${line.length} columns; ${proseEnds} at most`];
  });
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').split('\n');
}
