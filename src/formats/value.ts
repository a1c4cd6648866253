/** One number alone, such as Zabbix's user parameters print: the metric is the plugin's name. */

import { readDecimal } from './decimal.ts';
import type { Format, FormatFinding } from './format.ts';

export const readValue: Format = function* (lines) {
  for (const { text } of lines) {
    const word = text.trim();
    yield word === '' ? null : findingOf(word);
  }
};

function findingOf(word: string): FormatFinding {
  const read = readDecimal(word);
  return typeof read === 'number'
    ? { kind: 'sample', name: '', value: read, atS: null, series: null }
    : { kind: 'bad', ...read, hint: `${read.hint}; the output is one number and nothing else` };
}
