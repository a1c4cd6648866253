import type { AnnotatedLine, AnnotatedOutput } from '../model/annotated.ts';
import type { BadLine } from '../model/bad-line.ts';
import { annotateForeign } from './annotate-foreign.ts';
import { createDuplicates } from './duplicates.ts';
import type { OutputContext } from './format.ts';
import { foreignReader, type OutputFormat } from './formats.ts';
import { formatHint, type HintedPlugin, hintOnCheck, linesLookedAt } from './hints.ts';
import { type OutputLine, parseOutput } from './native.ts';
import { firstLines } from './shown-lines.ts';

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
  const read = foreignReader(format);
  if (read === null) return annotateNative(stdout, context, mostLines, plugin);
  const output = annotateForeign(read, stdout, context, mostLines);
  if (format === 'nagios' && output.samples === 1)
    return {
      ...output,
      looksLike: hintOnCheck(
        output.lines.map(({ text }) => text),
        plugin,
      ),
    };
  return output.samples > 0 ? output : { ...output, looksLike: formatHint(firstBad(output.lines), plugin) };
}

/** The first lines of an output that are bad as a whole. */
function firstBad(lines: readonly AnnotatedLine[]): readonly BadLine[] {
  const bad = lines.flatMap(({ line, text, verdict }) => {
    return verdict.kind === 'bad-line' ? [{ line, text, reason: verdict.reason, hint: verdict.hint }] : [];
  });
  return bad.slice(0, linesLookedAt);
}

function annotateNative(
  stdout: Uint8Array,
  context: OutputContext,
  mostLines: number,
  plugin: HintedPlugin,
): AnnotatedOutput {
  const duplicates = createDuplicates();
  const firstBadLines: BadLine[] = [];
  const verdicts = new Map<number, OutputLine>();
  let samples = 0;
  let badLines = 0;
  for (const found of parseOutput([stdout], context)) {
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
  const { lines, moreLines } = firstLines(stdout, mostLines, context.truncated, ({ line, isCut }) =>
    verdictOf(verdicts.get(line), isCut),
  );
  return {
    lines,
    moreLines,
    samples,
    badLines,
    looksLike: formatHint(firstBadLines, plugin),
    duplicate: duplicates.advice(),
  };
}

function verdictOf(found: OutputLine | undefined, isCut: boolean): AnnotatedLine['verdict'] {
  if (found === undefined) return { kind: isCut ? 'cut' : 'blank' };
  if (found.kind === 'sample') return { kind: 'sample', ...found.sample };
  const { reason, hint } = found.badLine;
  return { kind: 'bad-line', reason, hint };
}
