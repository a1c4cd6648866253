/**
 * Local checks of Checkmk: lines `STATUS NAME METRICS TEXT`, one for each service. A status is 0 to
 * 3, or P where the server works it out. METRICS is `-` or `a=value;…|b=value`. A script that runs
 * rarely puts `cached(TIME,TTL)` in front, and the line is of that time.
 */
import type { BadLineExplanation } from './bad-line.ts';
import { badEntry, readDecimal } from './decimal.ts';
import { segment } from './dotted.ts';
import type { Format, FormatFinding } from './format.ts';
import { wordEnd, wordStart } from './grammar.ts';
import { firstCharacters } from './lines.ts';

/** How bad a status is: OK, WARN, UNKNOWN, CRIT, as Checkmk ranks them. P says nothing of it. */
const ranks: Readonly<Record<string, number>> = { P: 0, '0': 0, '1': 1, '3': 2, '2': 3 };

/**
 * The message is the text of the line with the worst status, the first of several. It comes last,
 * and is without what follows `\n`, which begins the details.
 */
export const readCheckmk: Format = function* (lines) {
  let worst = -1;
  let message = '';
  for (const { text } of lines) {
    const service = text.trim() === '' ? null : serviceOf(text.trim());
    if (service === null || 'reason' in service) {
      yield service && { kind: 'bad', ...service };
      continue;
    }
    const rank = ranks[service.status] ?? 0;
    if (rank > worst && service.text !== '') [worst, message] = [rank, service.text];
    yield* findingsOf(service);
  }
  if (message !== '') yield { kind: 'message', text: message };
};

type Service = {
  readonly name: string;
  readonly status: string;
  readonly metrics: string;
  readonly text: string;
  readonly atS: number | null;
};

const lineStart = /^(?:cached\(([0-9]+),[0-9]+\)[ \t]+)?([0-3P])[ \t]+/;
const form = 'a line is STATUS NAME METRICS TEXT, with a status of 0 to 3 or P';

function serviceOf(line: string): Service | BadLineExplanation {
  const [start, time, status] = lineStart.exec(line) ?? [];
  if (start === undefined || status === undefined) return { reason: 'bad-syntax', hint: form };
  const quote = /^["']/.exec(line.slice(start.length, start.length + 1))?.[0] ?? '';
  const nameStart = start.length + quote.length;
  const nameEnd = quote === '' ? wordEnd(line, nameStart) : line.indexOf(quote, nameStart);
  const name = segment(line.slice(nameStart, Math.max(nameStart, nameEnd)));
  if (nameEnd < 0) return { reason: 'bad-syntax', hint: 'the quote before the name is not closed' };
  if (name === '') return { reason: 'bad-name', hint: `the name is empty; ${form}` };
  const metricsStart = wordStart(line, nameEnd + quote.length);
  if (metricsStart === line.length) return { reason: 'too-few-words', hint: `${form}; METRICS is - for none` };
  const metricsEnd = wordEnd(line, metricsStart);
  const [text = ''] = line.slice(wordStart(line, metricsEnd), metricsEnd + longestText).split('\\n');
  return {
    name,
    status,
    metrics: line.slice(metricsStart, metricsEnd),
    text: firstCharacters(text.trim()),
    atS: time === undefined ? null : Number(time),
  };
}

const longestText = 1000;

function* findingsOf(service: Service): Generator<FormatFinding | null, void, undefined> {
  const { name, status, metrics, atS } = service;
  for (let start = metrics === '-' ? metrics.length : 0; start < metrics.length; ) {
    const bar = metrics.indexOf('|', start);
    const end = bar < 0 ? metrics.length : bar;
    yield end === start ? null : metricOf(metrics.slice(start, end), service);
    start = end + 1;
  }
  yield status === 'P' ? null : { kind: 'sample', name: `${name}.state`, value: Number(status), atS, series: null };
}

function metricOf(entry: string, { name, status, atS }: Service): FormatFinding {
  const equals = entry.indexOf('=');
  const label = segment(entry.slice(0, Math.max(0, equals)));
  if (equals < 0)
    return badEntry(entry, { reason: 'bad-syntax', hint: 'METRICS is NAME=VALUE|NAME=VALUE, and - for none' });
  if (label === '') return badEntry(entry, { reason: 'bad-name', hint: 'its name is empty' });
  if (label === 'state' && status !== 'P')
    return badEntry(entry, {
      reason: 'duplicate',
      hint: "the service's status has this name; the check must print another",
    });
  const end = entry.indexOf(';', equals);
  const read = readDecimal(entry.slice(equals + 1, end < 0 ? entry.length : end));
  if (typeof read !== 'number') return badEntry(entry, read);
  return { kind: 'sample', name: `${name}.${label}`, value: read, atS, series: null };
}
