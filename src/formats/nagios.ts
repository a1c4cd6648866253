/**
 * Checks of Nagios and its kin: a line of text, and performance data behind a `|`. By the plugin
 * API of monitoring-plugins, *Performance data*: entries `label=value[unit];warn;crit;min;max`,
 * separated by blanks, behind the first `|` of line 1, and behind the next `|` of the following
 * lines up to the end of the output.
 */
import { badEntry, PlainDecimals, readDecimal, short } from './decimal.ts';
import { segment } from './dotted.ts';
import type { Format, FormatFinding } from './format.ts';
import { isNameCode, wordEnd, wordStart } from './grammar.ts';
import { firstCharacters } from './lines.ts';

export const readNagios: Format = function* (lines, { status = 0 }) {
  const entries = new PlainEntries();
  let part: 'nothing' | 'text' | 'data' = 'nothing';
  let usage: 'none' | 'begun' | 'told' = 'none';
  for (const line of lines) {
    if (usage === 'none' && status !== 0 && part !== 'data' && usageLine.test(line.text)) usage = 'begun';
    const bar = part === 'data' ? -1 : line.text.indexOf('|');
    const isFirst = part === 'nothing';
    const message = isFirst ? (bar < 0 ? line.text : line.text.slice(0, bar)).trim() : '';
    if (message !== '') yield { kind: 'message', text: firstCharacters(message) };
    if (isFirst && (message !== '' || bar >= 0)) part = 'text';
    else if (bar >= 0) part = 'data';
    const { piece, start, end } = line;
    const dataStart = bar >= 0 || part === 'data' ? start + bar + 1 : end;
    for (let at = wordStart(piece, dataStart); at < end; at = wordStart(piece, at)) {
      const plain = entries.read(piece, at, end);
      const entry = plain === null ? entryAt(line.text, at - start) : '';
      at = plain === null ? at + entry.length : entries.end;
      const found = plain ?? findingOf(entry);
      if (usage === 'none' || found?.kind !== 'bad') yield found;
      else if (usage === 'begun') {
        usage = 'told';
        yield { ...found, reason: 'bad-syntax', hint: usageHint };
      } else yield null;
    }
    if (dataStart >= end) yield null;
  }
  yield { kind: 'sample', name: 'state', value: status, atS: null, series: null };
};

/** How a failing check begins to say how it is called; a `|` behind it is seldom one of Nagios. */
const usageLine = /^[ \t]{0,9}(?:usage|syntax|synopsis)(?: {0,9}:| [\w./-]{1,99} -)/i;
const usageHint = 'this is in a text that says how the check is called: it lacks an argument, or has a wrong one';

/** An entry goes up to a blank that is not within a quoted label. */
function entryAt(line: string, start: number): string {
  const isQuoted = line.charCodeAt(start) === quote;
  return line.slice(start, wordEnd(line, isQuoted ? quotedEnd(line, start) : start));
}

const [doubleQuote, percent, quote, comma, dash, semicolon, equals, bar] = [34, 37, 39, 44, 45, 59, 61, 124];

/** Behind the quote that ends a label; `start` itself: nothing ends it. */
function quotedEnd(text: string, start: number): number {
  let at = text.indexOf("'", start + 1);
  while (at >= 0 && text.charCodeAt(at + 1) === quote) at = text.indexOf("'", at + 2);
  return at < 0 ? start : at + 1;
}

/** Reads entries that are printed as most are: without quotes, with a unit of letters or `%`. */
class PlainEntries {
  /** Where the last entry ended. */
  end = 0;
  readonly #decimals = new PlainDecimals();

  /** Reads the entry that begins at `start` in the line up to `end`. Null: it is not such a one. */
  read(line: string, start: number, end: number): FormatFinding | null {
    let at = start;
    let isSegment = true;
    for (let code = line.charCodeAt(at); code !== equals; code = line.charCodeAt(at)) {
      const isPlain = isNameCode(code) || code === dash;
      if (!isPlain && (at >= end || isSpecialCode(code))) return null;
      isSegment &&= isPlain;
      at += 1;
    }
    const value = at > start && at < end ? this.#decimals.read(line, at + 1) : Number.NaN;
    if (Number.isNaN(value)) return null;
    const label = line.slice(start, at);
    const unitStart = this.#decimals.end;
    at = unitStart;
    while (isUnitCode(line.charCodeAt(at))) at += 1;
    const unit = line.slice(unitStart, at);
    if (line.charCodeAt(at) === comma) at += 1;
    this.end = line.charCodeAt(at) === semicolon ? wordEnd(line, at, end) : at;
    const isAtEnd = this.end >= end || wordStart(line, this.end) > this.end;
    return isAtEnd ? sampleOf(label, isSegment ? label : segment(label), value, unit) : null;
  }
}

/** Whether a character ends a label that is not in quotes, or can't be in one. */
function isSpecialCode(code: number): boolean {
  return code === 32 || code === 9 || code === quote || code === doubleQuote || code === semicolon || code === bar;
}

function isUnitCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === percent;
}

/** Reads any entry. Null: one without a value, or thresholds alone. */
function findingOf(entry: string): FormatFinding | null {
  if (/^;+$/.test(entry)) return null;
  const labelEnd = entry.startsWith("'") ? quotedEnd(entry, 0) : entry.indexOf('=');
  if (labelEnd < 1 || entry[labelEnd] !== '=') return badEntry(entry, { reason: 'bad-syntax', hint: form });
  const label = entry.startsWith("'") ? entry.slice(1, labelEnd - 1).replaceAll("''", "'") : entry.slice(0, labelEnd);
  if (label === '') return badEntry(entry, { reason: 'bad-name', hint: 'its label is empty' });
  if (!entry.startsWith("'") && /['";|]/.test(label))
    return badEntry(entry, {
      reason: 'bad-name',
      hint: `a label with a quote, \`;\` or \`|\` must be quoted: 'LABEL'=VALUE`,
    });
  const valueEnd = entry.indexOf(';', labelEnd);
  const word = entry.slice(labelEnd + 1, valueEnd < 0 ? entry.length : valueEnd);
  return word === 'U' ? null : valueFinding(entry, label, word.endsWith(',') ? word.slice(0, -1) : word);
}

function valueFinding(entry: string, label: string, word: string): FormatFinding {
  if (word === '')
    return badEntry(entry, { reason: 'not-a-number', hint: 'it has no value; print U for an unknown one' });
  const unitStart = unitOf(word);
  const read = readDecimal(word.slice(0, unitStart));
  if (typeof read === 'number') return sampleOf(label, segment(label), read, word.slice(unitStart));
  return badEntry(entry, read.reason === 'not-a-number' ? { ...read, hint: `${short(word)} is not a number` } : read);
}

/** Where the unit begins: behind the last character that can't be in one. */
function unitOf(word: string): number {
  let at = word.length;
  while (at > 0 && !/[0-9'"=;|,.+-]/.test(word.charAt(at - 1))) at -= 1;
  return at === 0 ? word.length : at;
}

function sampleOf(label: string, name: string, value: number, unit: string): FormatFinding {
  if (name === 'state')
    return badEntry(label, {
      reason: 'duplicate',
      hint: 'the exit status of a check has this name; the check must print another label',
    });
  const kind = unit === 'c' ? 'counter' : 'gauge';
  const series =
    unit === '' ? null : ({ family: null, labels: [], kind, unit: kind === 'counter' ? '' : unit } as const);
  return { kind: 'sample', name, value, atS: null, series };
}

const form = 'an entry of performance data is LABEL=VALUE, and a label with blanks is in single quotes';
