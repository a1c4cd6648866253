/**
 * InfluxDB's line protocol: `measurement,tag=value… field=value,… [time]`, and comments with `#`.
 * A backslash before a comma, an equals sign or a blank makes it a part of the name; any other is
 * a character like others. A line is read in two passes: only one that is well-formed to its end
 * gives samples, and then each field is read for itself.
 */
import type { Label } from '../model/series.ts';
import type { BadLineExplanation } from './bad-line.ts';
import { badEntry, readDecimal } from './decimal.ts';
import { dottedFamily, dottedName, mostTags, sortedLabels } from './dotted.ts';
import type { Format, FormatFinding } from './format.ts';
import { secondsByDigits } from './grammar.ts';

export const readInflux: Format = function* (lines) {
  for (const { text } of lines) {
    const line = text.trim();
    if (line === '' || line.startsWith('#')) yield null;
    else yield* lineFindings(line);
  }
};

const form = 'a line is MEASUREMENT,tag=value FIELD=VALUE,FIELD=VALUE TIME';
const fieldsAPause = 100;

function* lineFindings(line: string): Generator<FormatFinding | null, void, undefined> {
  const point = pointOf(line);
  if ('reason' in point) return yield { kind: 'bad', ...point };
  let at = point.fieldsStart;
  for (let count = 1; ; count += 1) {
    const field = fieldAt(line, at);
    if ('reason' in field) return yield { kind: 'bad', ...field };
    at = field.end;
    if (line[at] !== ',') break;
    at += 1;
    if (count % fieldsAPause === 0) yield null;
  }
  const time = line.slice(at).trim();
  const atS = time === '' ? null : secondsByDigits(time);
  if (time !== '' && atS === null)
    return yield { kind: 'bad', reason: 'bad-time', hint: `a time has 10, 13, 16 or 19 digits; ${form}` };
  for (at = point.fieldsStart; at < line.length; ) {
    const field = fieldAt(line, at);
    const isRead = !('reason' in field); // as in the first pass
    yield isRead ? findingOf(point, field, atS) : null;
    at = isRead && line[field.end] === ',' ? field.end + 1 : line.length;
  }
}

/** What stands before the fields, and where these begin. `name` is dotted. */
type Point = { readonly family: string; readonly name: string; readonly labels: readonly Label[]; fieldsStart: number };

function pointOf(line: string): Point | BadLineExplanation {
  let at = tokenEnd(line, 0, ', ');
  const family = unescaped(line.slice(0, at));
  const tags: Label[] = [];
  while (line[at] === ',') {
    const equals = tokenEnd(line, at + 1, ',= ');
    const end = line[equals] === '=' ? tokenEnd(line, equals + 1, ', ') : equals;
    if (end === equals || equals === at + 1)
      return badEntry(line.slice(at + 1, end), { reason: 'bad-syntax', hint: `a tag is NAME=VALUE; ${form}` });
    tags.push([unescaped(line.slice(at + 1, equals)), unescaped(line.slice(equals + 1, end))]);
    if (tags.length > mostTags) return { reason: 'bad-syntax', hint: `it has more than ${mostTags} tags` };
    at = end;
  }
  const labels = sortedLabels(tags);
  if (labels === null) return { reason: 'bad-syntax', hint: 'a tag is there twice' };
  const name = dottedFamily(family);
  if (name === '') return { reason: 'bad-name', hint: `the measurement is empty; ${form}` };
  while (line[at] === ' ') at += 1;
  if (at === line.length) return { reason: 'too-few-words', hint: `it has no field; ${form}` };
  return { family, name: dottedName(name, labels), labels, fieldsStart: at };
}

/** A field, as it is written. `word` null: a text in quotes. */
type Field = { readonly key: string; readonly word: string | null; readonly end: number };

function fieldAt(line: string, start: number): Field | BadLineExplanation {
  const equals = tokenEnd(line, start, ',= ');
  if (equals === start || line[equals] !== '=')
    return badEntry(line.slice(start, equals), { reason: 'bad-syntax', hint: `a field is NAME=VALUE; ${form}` });
  const key = line.slice(start, equals);
  const isText = line[equals + 1] === '"';
  const end = isText ? textEnd(line, equals + 2) : tokenEnd(line, equals + 1, ', ');
  if (end < 0) return badEntry(key, { reason: 'bad-syntax', hint: 'the quote of its text is not closed' });
  if (end === equals + 1) return badEntry(key, { reason: 'bad-syntax', hint: `it has no value; ${form}` });
  if (end < line.length && line[end] !== ',' && line[end] !== ' ')
    return badEntry(key, { reason: 'bad-syntax', hint: 'a comma or a blank comes behind a text' });
  return { key, word: isText ? null : line.slice(equals + 1, end), end };
}

/** Where a token ends: at one of the characters `stops` that has no backslash before it. */
function tokenEnd(line: string, start: number, stops: string): number {
  let at = start;
  while (at < line.length && !stops.includes(line.charAt(at))) at += isEscape(line, at) ? 2 : 1;
  return at;
}

function isEscape(line: string, at: number): boolean {
  return line[at] === '\\' && ',= '.includes(line.charAt(at + 1) || '\\');
}

/** Behind the quote that ends a text; -1: nothing ends it. */
function textEnd(line: string, start: number): number {
  for (let at = start; at < line.length; at += line[at] === '\\' ? 2 : 1) if (line[at] === '"') return at + 1;
  return -1;
}

function unescaped(token: string): string {
  return token.includes('\\') ? token.replace(/\\([,= ])/g, '$1') : token;
}

function findingOf(point: Point, { key, word }: Field, atS: number | null): FormatFinding | null {
  if (word === null) return null;
  const value = numberOf(word);
  if (typeof value !== 'number') return badEntry(key, value);
  const field = unescaped(key);
  const isValue = field === 'value';
  const name = isValue ? point.name : `${point.name}.${dottedFamily(field) || '_'}`;
  const family = isValue ? point.family : `${point.family}_${field}`;
  return { kind: 'sample', name, value, atS, series: { family, labels: point.labels, kind: 'gauge', unit: '' } };
}

const booleans: Readonly<Record<string, number>> = Object.freeze({
  t: 1,
  T: 1,
  true: 1,
  True: 1,
  TRUE: 1,
  f: 0,
  F: 0,
  false: 0,
  False: 0,
  FALSE: 0,
});

function numberOf(word: string): number | BadLineExplanation {
  if (/^[+-]?[0-9]+[iu]$/.test(word)) return readDecimal(word.slice(0, -1));
  return Object.hasOwn(booleans, word) ? (booleans[word] ?? 0) : readDecimal(word);
}
