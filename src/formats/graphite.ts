/**
 * Graphite's plain text, such as Sensu's metric scripts print: lines `PATH VALUE TIME`. The path
 * may end in tags, `;tag=value`. The time is in seconds, a fraction is cut, and -1 or N is the end
 * of the run.
 */
import { readDecimal } from './decimal.ts';
import { dottedFamily, dottedName, labelsOfTags, mostTags } from './dotted.ts';
import type { Format, FormatFinding } from './format.ts';
import { firstWords, isTime } from './grammar.ts';
import { lineTooLong } from './lines.ts';

export const readGraphite: Format = function* (lines) {
  for (const { text } of lines) {
    const words = firstWords(text, 4);
    yield words.length === 0 ? null : (lineTooLong(text) ?? findingOf(words));
  }
};

const form = 'a line is PATH VALUE TIME';

function findingOf([path = '', value, time, tooMany]: readonly string[]): FormatFinding {
  if (value === undefined || time === undefined)
    return { kind: 'bad', reason: 'too-few-words', hint: `${form}, with a TIME of -1 for now` };
  if (tooMany !== undefined) return { kind: 'bad', reason: 'too-many-words', hint: form };
  const [family = '', ...tags] = path.split(';', mostTags + 2);
  const name = dottedFamily(family);
  if (name === '') return { kind: 'bad', reason: 'bad-name', hint: `the path is empty; ${form}` };
  const labels = labelsOfTags(tags);
  if ('reason' in labels) return { kind: 'bad', ...labels };
  const read = readDecimal(value);
  if (typeof read !== 'number') return { kind: 'bad', ...read };
  const isNow = time === '-1' || time === 'N';
  if (!isNow && !isTime(time))
    return { kind: 'bad', reason: 'bad-time', hint: `the time is in unix seconds, or -1 for now; ${form}` };
  return {
    kind: 'sample',
    name: dottedName(name, labels),
    value: read,
    atS: isNow ? null : Number(time),
    series: labels.length === 0 ? null : { family, labels, kind: 'gauge', unit: '' },
  };
}
