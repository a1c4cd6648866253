/**
 * Prometheus' text format and OpenMetrics, line by line: each line counts for itself, and `# TYPE`
 * and `# UNIT` lines count for what follows them.
 *
 * A time is in whole milliseconds, as in the text format. One with a point can only be
 * OpenMetrics', and is in seconds: Prometheus' own readers, which know from the content type which
 * of the two formats they read, take it so.
 */
import type { BadLineExplanation } from './bad-line.ts';
import { readDecimal, short } from './decimal.ts';
import type { Format, FormatFinding } from './format.ts';
import { earliestS } from './grammar.ts';
import { PlainLabelSets } from './label-sets.ts';
import { lineTooLong } from './lines.ts';
import { PrometheusFamilies } from './prometheus-families.ts';
import { divideSampleLine, type SampleParts } from './prometheus-line.ts';

/** Reads an output in Prometheus' text format. */
export const readPrometheus: Format = function* (lines) {
  const families = new PrometheusFamilies();
  const labelSets = new PlainLabelSets();
  for (const { text } of lines) {
    const first = firstCharacter(text);
    if (first === '#') families.note(text);
    const isSample = first !== '' && first !== '#';
    yield isSample ? (lineTooLong(text) ?? findingOf(divideSampleLine(text, labelSets), families)) : null;
  }
};

function findingOf(parts: SampleParts | BadLineExplanation, families: PrometheusFamilies): FormatFinding {
  if ('reason' in parts) return { kind: 'bad', ...parts };
  const { family, labels, value: word, time } = parts;
  if (labels === null) return { kind: 'bad', reason: 'bad-syntax', hint: 'a label is there twice' };
  const { dotted, kind, unit } = families.of(family);
  if (dotted === '') return { kind: 'bad', reason: 'bad-name', hint: 'the name has only dots' };
  const atS = time === null ? null : timeOf(time);
  if (typeof atS === 'object' && atS !== null) return { kind: 'bad', ...atS };
  const value = typeof word === 'number' ? word : readDecimal(word);
  if (typeof value !== 'number')
    return /^[+-]?(?:nan|inf(?:inity)?)$/i.test(`${word}`) ? { kind: 'not-finite' } : { kind: 'bad', ...value };
  const series = { family, labels: labels.labels, kind, unit };
  return { kind: 'sample', name: dotted + labels.dotted, value, atS, series };
}

/** Returns the first character that is not blank; empty: there is none. */
function firstCharacter(text: string): string {
  const first = text[0] ?? '';
  return first === ' ' || first === '\t' ? (/[^ \t]/.exec(text)?.[0] ?? '') : first;
}

/** Returns unix seconds; else why the word is not a time. */
function timeOf(word: string): number | BadLineExplanation {
  const milliseconds = /^[0-9]+$/.test(word) ? Number(word) : Number.NaN;
  if (milliseconds >= earliestS * 1000) return milliseconds / 1000;
  if (/^[0-9]+\.[0-9]+$/.test(word)) return Number(word);
  const hint = word.length === 10 && milliseconds >= 0 ? `write ${word}000 if it is in seconds` : `not ${short(word)}`;
  return { reason: 'bad-time', hint: `a time is in whole milliseconds; ${hint}` };
}
