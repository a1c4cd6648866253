import type { AnnotatedLine, AnnotatedOutput, ShownBadLine, ShownSample } from '../model/annotated.ts';
import { readForeign } from './foreign.ts';
import type { Format, OutputContext } from './format.ts';
import { firstLines, type ShownLine } from './shown-lines.ts';

const shownOfALine = 20; // samples, and as many that are bad

/** What was found in one line: the first of each kind, and how many there are. */
type LineFindings = { samples: ShownSample[]; badLines: ShownBadLine[]; sampleCount: number; badCount: number };

/**
 * Returns an output in the format of another system as `annotate` does. What is wrong with it is
 * told line by line alone: that it looks like a third format is not said. Never throws, whatever
 * the bytes.
 */
export function annotateForeign(
  format: Format,
  stdout: Uint8Array,
  context: OutputContext,
  mostLines: number,
): AnnotatedOutput {
  const byLine = new Map<number, LineFindings>();
  let [samples, badLines, notFinite] = [0, 0, 0];
  let message: string | null = null;
  for (const found of readForeign(format, [stdout], context)) {
    if (found === null) continue;
    switch (found.kind) {
      case 'sample': {
        samples += 1;
        const findings = findingsAt(byLine, found.line, mostLines);
        findings.sampleCount += 1;
        if (findings.sampleCount <= shownOfALine) findings.samples.push(found.sample);
        break;
      }
      case 'bad-line': {
        badLines += 1;
        const { line, reason, hint } = found.badLine;
        const findings = findingsAt(byLine, line, mostLines);
        findings.badCount += 1;
        if (findings.badCount <= shownOfALine) findings.badLines.push({ reason, hint });
        break;
      }
      case 'not-finite':
        notFinite += 1;
        break;
      case 'message':
        message ??= found.text;
    }
  }
  const { lines, moreLines } = firstLines(stdout, mostLines, context.truncated, (line) =>
    verdictOf(byLine.get(line.line), line),
  );
  return { lines, moreLines, samples, badLines, notFinite, message, looksLike: null, duplicate: null };
}

/** What was found in a line so far; of a line that is not shown, nothing is kept. */
function findingsAt(byLine: Map<number, LineFindings>, line: number, mostLines: number): LineFindings {
  const known = byLine.get(line);
  if (known) return known;
  const none: LineFindings = { samples: [], badLines: [], sampleCount: 0, badCount: 0 };
  if (line <= mostLines) byLine.set(line, none);
  return none;
}

function verdictOf(findings: LineFindings | undefined, { text, isCut }: ShownLine): AnnotatedLine['verdict'] {
  if (findings === undefined) return { kind: isCut ? 'cut' : text.trim() === '' ? 'blank' : 'nothing' };
  const { samples, badLines, sampleCount, badCount } = findings;
  const [sample] = samples;
  const [badLine] = badLines;
  if (sampleCount + badCount === 1 && sample) return { kind: 'sample', ...sample };
  if (sampleCount + badCount === 1 && badLine) return { kind: 'bad-line', ...badLine };
  const more = { moreSamples: sampleCount - samples.length, moreBadLines: badCount - badLines.length };
  return { kind: 'several', samples, badLines, ...more };
}
