/** The lines of an output as they are shown to its author. */
import type { AnnotatedLine, AnnotatedOutput } from '../model/annotated.ts';

const shownCharacters = 500;

/** A line that is shown. `isCut`: the output was cut within it. */
export type ShownLine = { readonly line: number; readonly text: string; readonly isCut: boolean };

/**
 * Returns the first `mostLines` of an output with the verdicts that `judge` gives, and the number
 * of the others. Never throws, whatever the bytes.
 */
export function firstLines(
  stdout: Uint8Array,
  mostLines: number,
  truncated: boolean,
  judge: (line: ShownLine) => AnnotatedLine['verdict'],
): Pick<AnnotatedOutput, 'lines' | 'moreLines'> {
  const lines: AnnotatedLine[] = [];
  let count = 0;
  for (let start = 0; start < stdout.length; ) {
    const newline = stdout.indexOf(10, start);
    const end = newline < 0 ? stdout.length : newline;
    count += 1;
    if (count <= mostLines) {
      const text = shown(stdout, start, end);
      lines.push({ line: count, text, verdict: judge({ line: count, text, isCut: newline < 0 && truncated }) });
    }
    start = end + 1;
  }
  return { lines, moreLines: count - lines.length };
}

function shown(stdout: Uint8Array, start: number, end: number): string {
  let wordsEnd = end;
  while (wordsEnd > start && stdout[wordsEnd - 1] === 13) wordsEnd -= 1; // carriage returns
  const bytes = stdout.subarray(start, Math.min(wordsEnd, start + shownCharacters * 4));
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return [...text].slice(0, shownCharacters).join('');
}
