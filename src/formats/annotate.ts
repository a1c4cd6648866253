import type { AnnotatedLine, AnnotatedOutput } from '../model/annotated.ts';
import type { BadLine } from '../model/bad-line.ts';
import { createDuplicates } from './duplicates.ts';
import { readForeign } from './foreign.ts';
import type { OutputContext } from './format.ts';
import { foreignReader, type OutputFormat } from './formats.ts';
import { formatHint, type HintedPlugin, linesLookedAt } from './hints.ts';
import { type OutputLine, parseOutput } from './native.ts';

const shownCharacters = 500;

/**
 * Returns an output line by line to show to its author: the first `mostLines` with their verdicts,
 * and the number of the others. The verdicts are the same as at a tick, because they come from the
 * same parser, which is that of `format`. Never throws, whatever the bytes.
 */
export function annotate(
  stdout: Uint8Array,
  context: OutputContext,
  mostLines: number,
  plugin: HintedPlugin,
  format: OutputFormat = plugin.format,
): AnnotatedOutput {
  const duplicates = createDuplicates();
  const firstBadLines: BadLine[] = [];
  const verdicts = new Map<number, OutputLine>();
  let samples = 0;
  let badLines = 0;
  for (const found of linesIn(stdout, context, format)) {
    const line = found.kind === 'sample' ? found.line : found.badLine.line;
    if (found.kind === 'sample') {
      samples += 1;
      duplicates.add(line, found.sample);
    } else {
      badLines += 1;
      if (badLines <= linesLookedAt) firstBadLines.push(found.badLine);
    }
    if (line <= mostLines) verdicts.set(line, found);
  }
  const lines: AnnotatedLine[] = [];
  let count = 0;
  for (let start = 0; start < stdout.length; ) {
    const newline = stdout.indexOf(10, start);
    const end = newline < 0 ? stdout.length : newline;
    count += 1;
    if (count <= mostLines) {
      const isCut = newline < 0 && context.truncated;
      lines.push({
        line: count,
        text: shown(stdout, start, end),
        verdict: verdictOf(verdicts.get(count), isCut),
      });
    }
    start = end + 1;
  }
  return {
    lines,
    moreLines: count - lines.length,
    samples,
    badLines,
    looksLike: formatHint(firstBadLines, plugin),
    duplicate: duplicates.advice(),
  };
}

function* linesIn(stdout: Uint8Array, context: OutputContext, format: OutputFormat): Iterable<OutputLine> {
  const read = foreignReader(format);
  if (read === null) return yield* parseOutput([stdout], context);
  for (const found of readForeign(read, [stdout], context))
    if (found?.kind === 'sample' || found?.kind === 'bad-line') yield found;
}

function verdictOf(found: OutputLine | undefined, isCut: boolean): AnnotatedLine['verdict'] {
  if (found === undefined) return { kind: isCut ? 'cut' : 'blank' };
  if (found.kind === 'sample') return { kind: 'sample', ...found.sample };
  const { reason, hint } = found.badLine;
  return { kind: 'bad-line', reason, hint };
}

function shown(stdout: Uint8Array, start: number, end: number): string {
  let wordsEnd = end;
  while (wordsEnd > start && stdout[wordsEnd - 1] === 13) wordsEnd -= 1; // carriage returns
  const bytes = stdout.subarray(start, Math.min(wordsEnd, start + shownCharacters * 4));
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return [...text].slice(0, shownCharacters).join('');
}
