/**
 * Prometheus' text format and OpenMetrics, line by line: each line counts for itself, and `# TYPE`
 * and `# UNIT` lines count for what follows them.
 *
 * A time is in whole milliseconds, as in the text format. One with a point can only be
 * OpenMetrics', and is in seconds: Prometheus' own readers, which know from the content type which
 * of the two formats they read, take it so.
 */
import type { BadLineExplanation } from './bad-line.ts';
import { PlainDecimals, readDecimal, short } from './decimal.ts';
import type { Format, FormatFinding, Line } from './format.ts';
import { earliestS, wordEnd, wordStart } from './grammar.ts';
import { PlainLabelSets } from './label-sets.ts';
import { lineTooLong } from './lines.ts';
import { PrometheusFamilies } from './prometheus-families.ts';
import { divideSampleLine } from './prometheus-line.ts';

/** Reads an output in Prometheus' text format. */
export const readPrometheus: Format = function* (lines) {
  const families = new PrometheusFamilies();
  const labelSets = new PlainLabelSets();
  const decimals = new PlainDecimals();
  for (const line of lines) {
    const plain = plainSample(line, families, labelSets, decimals);
    if (plain !== null) yield plain;
    else yield findingOf(line.text, families);
  }
};

/**
 * Returns the sample of a line that is printed as most are: `NAME{LABEL="VALUE",…} NUMBER TIME`,
 * with blanks only before and behind the last two. Null: it is not such a line.
 */
function plainSample(
  { piece, start, end }: Line,
  families: PrometheusFamilies,
  labelSets: PlainLabelSets,
  decimals: PlainDecimals,
): FormatFinding | null {
  if (end - start > longestPlain) return null;
  const named = families.at(piece, start);
  if (named === null) return null;
  const { name, dotted, kind, unit } = named;
  const nameEnd = start + name.length;
  const isBare = piece.charCodeAt(nameEnd) !== openingBrace;
  const printed = isBare ? noLabels : labelSets.at(piece, nameEnd, end);
  if (printed === null) return null;
  const labelsEnd = nameEnd + printed.text.length;
  const valueStart = wordStart(piece, labelsEnd);
  const value = valueStart > labelsEnd ? decimals.read(piece, valueStart) : Number.NaN;
  if (Number.isNaN(value)) return null;
  const timeStart = wordStart(piece, decimals.end);
  const atS = timeStart < end ? plainTime(piece, decimals.end, timeStart, end) : null;
  if (Number.isNaN(atS)) return null;
  const { labels, dotted: dottedLabels } = printed.set;
  return { kind: 'sample', stem: dotted, name: dottedLabels, value, atS, series: { family: name, labels, kind, unit } };
}

const openingBrace = 123;
/** Far more than a line has that is not a mistake. */
const longestPlain = 10_000;
const noLabels = { text: '', set: { labels: [], dotted: '' } };

/**
 * Returns the unix seconds of the word behind a number; NaN: it is not a time, or there is more.
 */
function plainTime(text: string, numberEnd: number, start: number, end: number): number {
  const timeEnd = wordEnd(text, start, end);
  if (start === numberEnd || wordStart(text, timeEnd) < end) return Number.NaN;
  const atS = timeOf(text.slice(start, timeEnd));
  return typeof atS === 'number' ? atS : Number.NaN;
}

/** Reads any line. */
function findingOf(text: string, families: PrometheusFamilies): FormatFinding | null {
  const first = firstCharacter(text);
  if (first === '#') families.note(text);
  if (first === '' || first === '#') return null;
  const tooLong = lineTooLong(text);
  if (tooLong !== null) return tooLong;
  const parts = divideSampleLine(text);
  if ('reason' in parts) return { kind: 'bad', ...parts };
  const { family, labels, value: word, time } = parts;
  if (labels === null) return { kind: 'bad', reason: 'bad-syntax', hint: 'a label is there twice' };
  const { dotted, kind, unit } = families.of(family);
  if (dotted === '') return { kind: 'bad', reason: 'bad-name', hint: 'the name has only dots' };
  const atS = time === null ? null : timeOf(time);
  if (typeof atS === 'object' && atS !== null) return { kind: 'bad', ...atS };
  const value = readDecimal(word);
  if (typeof value !== 'number')
    return /^[+-]?(?:nan|inf(?:inity)?)$/i.test(word) ? { kind: 'not-finite' } : { kind: 'bad', ...value };
  const series = { family, labels: labels.labels, kind, unit };
  return { kind: 'sample', stem: dotted, name: labels.dotted, value, atS, series };
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
