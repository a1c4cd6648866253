/**
 * Checks of Nagios and its kin: a line of text, and performance data behind a `|`. By the plugin
 * API of monitoring-plugins, *Performance data*: entries `label=value[unit];warn;crit;min;max`,
 * separated by blanks, behind the first `|` of line 1, and behind the next `|` of the following
 * lines up to the end of the output.
 */
import { badEntry, readDecimal, short } from './decimal.ts';
import { segment } from './dotted.ts';
import type { Format, FormatFinding } from './format.ts';
import { wordEnd, wordStart } from './grammar.ts';
import { firstCharacters } from './lines.ts';

export const readNagios: Format = function* (lines, { status = 0 }) {
  let part: 'nothing' | 'text' | 'data' = 'nothing';
  let usage: 'none' | 'begun' | 'told' = 'none';
  for (const { text } of lines) {
    if (usage === 'none' && usageLine.test(text)) usage = 'begun';
    const bar = part === 'data' ? -1 : text.indexOf('|');
    const isFirst = part === 'nothing';
    const message = isFirst ? (bar < 0 ? text : text.slice(0, bar)).trim() : '';
    if (message !== '') yield { kind: 'message', text: firstCharacters(message) };
    if (isFirst && (message !== '' || bar >= 0)) part = 'text';
    else if (bar >= 0) part = 'data';
    const dataStart = bar >= 0 || part === 'data' ? bar + 1 : text.length;
    for (let at = dataStart; at < text.length; ) {
      goodEntry.lastIndex = at;
      const good = text.length <= longestFastLine ? goodEntry.exec(text) : null;
      if (good !== null) {
        at = goodEntry.lastIndex;
        yield findingOf(good);
      } else {
        const start = wordStart(text, at);
        at = entryEnd(text, start);
        const found = at > start ? findingOfOdd(text.slice(start, at)) : null;
        if (usage === 'none' || found?.kind !== 'bad') yield found;
        else if (usage === 'begun') {
          usage = 'told';
          yield { ...found, reason: 'bad-syntax', hint: usageHint };
        }
      }
    }
    if (dataStart >= text.length) yield null;
  }
  yield { kind: 'sample', name: 'state', value: status, atS: null, series: null };
};

/** How a check begins to say how it is called; a `|` behind it is seldom one of Nagios. */
const usageLine = /^[ \t]{0,9}(?:usage|syntax|synopsis)(?: {0,9}:| [\w./-]{1,99} -)/i;
const usageHint = 'this is in a text that says how the check is called: it lacks an argument, or has a wrong one';

/** Where an entry ends: at a blank that is not within a quoted label. */
function entryEnd(text: string, start: number): number {
  const isQuoted = text.charCodeAt(start) === quote;
  return wordEnd(text, isQuoted ? quotedEnd(text, start) : start);
}

const quote = 39;

/** Behind the quote that ends a label; `start` itself: nothing ends it. */
function quotedEnd(text: string, start: number): number {
  let at = text.indexOf("'", start + 1);
  while (at >= 0 && text.charCodeAt(at + 1) === quote) at = text.indexOf("'", at + 2);
  return at < 0 ? start : at + 1;
}

/** Far below the length (millions of characters) at which `goodEntry` overflows V8's stack. */
const longestFastLine = 50_000;
/** A unit has no digits, no signs and no points, so that a version or a date is not a number. */
const unitPattern = /[^ \t0-9'"=;|,.+-]*/.source;
const numberPattern = /[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/.source;
const goodEntry = new RegExp(
  `[ \\t]*([^ \\t'"=;|]+)=(${numberPattern})(${unitPattern}),?(?:;[^ \\t]*)?(?=[ \\t]|$)`,
  'y',
);

/** By index, because it takes a good part of the time to take an array of matches apart. */
function findingOf(good: RegExpExecArray): FormatFinding | null {
  const value = Number(good[2]);
  return Number.isFinite(value) ? sampleOf(good[1] ?? '', value, good[3] ?? '') : findingOfOdd(good[0].trim());
}

/**
 * Reads what `goodEntry` does not: quoted labels, entries of long lines, and what is bad. Null: an
 * entry without a value, or thresholds alone.
 */
function findingOfOdd(entry: string): FormatFinding | null {
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
  if (typeof read === 'number') return sampleOf(label, read, word.slice(unitStart));
  return badEntry(entry, read.reason === 'not-a-number' ? { ...read, hint: `${short(word)} is not a number` } : read);
}

/** Where the unit begins: behind the last character that can't be in one. */
function unitOf(word: string): number {
  let at = word.length;
  while (at > 0 && !/[0-9'"=;|,.+-]/.test(word.charAt(at - 1))) at -= 1;
  return at === 0 ? word.length : at;
}

function sampleOf(label: string, value: number, unit: string): FormatFinding {
  const name = segment(label);
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
