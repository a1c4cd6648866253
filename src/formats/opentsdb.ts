/**
 * OpenTSDB's telnet lines, as tcollector's collectors print them: `NAME TIME VALUE tag=value …`,
 * with or without `put` in front. The time is in seconds or milliseconds.
 */
import { readDecimal } from './decimal.ts';
import { dottedFamily, dottedName, labelsOfTags, mostTags } from './dotted.ts';
import type { Format, FormatFinding } from './format.ts';
import { firstWords, secondsByDigits } from './grammar.ts';
import { lineTooLong } from './lines.ts';

export const readOpentsdb: Format = function* (lines) {
  for (const { text } of lines) {
    const words = firstWords(text, mostTags + 5);
    yield words.length === 0 ? null : (lineTooLong(text) ?? findingOf(words[0] === 'put' ? words.slice(1) : words));
  }
};

const form = 'a line is NAME TIME VALUE tag=value…';

function findingOf([family = '', time = '', value, ...tags]: readonly string[]): FormatFinding {
  if (value === undefined) return { kind: 'bad', reason: 'too-few-words', hint: form };
  const name = dottedFamily(family);
  if (name === '') return { kind: 'bad', reason: 'bad-name', hint: `the name has only dots; ${form}` };
  const atS = secondsOf(time);
  if (atS === null)
    return { kind: 'bad', reason: 'bad-time', hint: `the second word is the time in seconds or milliseconds; ${form}` };
  const read = readDecimal(value);
  if (typeof read !== 'number') return { kind: 'bad', ...read };
  const labels = labelsOfTags(tags);
  if ('reason' in labels) return { kind: 'bad', ...labels };
  const series = { family, labels, kind: 'gauge', unit: '' } as const;
  return { kind: 'sample', name: dottedName(name, labels), value: read, atS, series };
}

/** The time without its fraction; null: it is neither in seconds nor in milliseconds. */
function secondsOf(word: string): number | null {
  const [, whole = ''] = /^([0-9]{10}|[0-9]{13})(?:\.[0-9]*)?$/.exec(word) ?? [];
  return secondsByDigits(whole);
}
