import { readFileSync } from 'node:fs';
import { plainWords } from './words.ts';

/** One thing that a check found: `path:line: what is wrong; what to write`. */
export type Finding = string;

const proseEnds = 100;
const codeEnds = 120;

/** Words that plain prose does not need, anywhere in a file: comments, sentences of the log, help and pages alike. */
export function dialectIn(path: string): readonly Finding[] {
  return linesOf(path).flatMap((line, index) =>
    plainWords.flatMap(([pattern, write]) => {
      const found = pattern.exec(line);
      return found ? [`${path}:${index + 1}: "${found[0]}"; plain English: ${write}`] : [];
    }),
  );
}

/** Lines of source that are too wide: comments end before column 100, code before 120. */
export function wideSource(path: string): readonly Finding[] {
  return linesOf(path).flatMap((line, index) => {
    const isComment = /^\s*(\/\*|\*|\/\/)/.test(line);
    const end = isComment ? proseEnds : codeEnds;
    return line.length < end + 1 ? [] : [`${path}:${index + 1}: ${line.length} columns; ${end} at most`];
  });
}

/** Lines of a page that are too wide. Tables, code blocks, and words that can't be broken are left out. */
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
