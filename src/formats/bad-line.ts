import type { BadLineReason } from '../model/bad-line.ts';
import { earliestS, firstWords, furthestAheadS, isName, isNumber, isPlausibleTime, isTime } from './grammar.ts';

/** Why a line is not a sample, and what to write instead. */
export type BadLineExplanation = { readonly reason: BadLineReason; readonly hint: string };

/**
 * Explains to the plugin's author why a line is not a sample. `line` is decoded as latin1, without
 * its end; `endedAtS` is when the run ended, in unix seconds. The explanation is about the first
 * mistake, from left to right. Never throws.
 */
export function explainBadLine(line: string, endedAtS: number): BadLineExplanation {
  const [name = '', value, time, tooMany] = firstWords(line, 4);
  if (value === undefined) return { reason: 'too-few-words', hint: tooFewHint(name) };
  if (tooMany !== undefined) return { reason: 'too-many-words', hint: tooManyHint(value) };
  if (!isName(name)) return { reason: 'bad-name', hint: nameHint(name) };
  if (!isNumber(value)) return explainValue(name, value, time);
  if (!Number.isFinite(Number(value)))
    return { reason: 'not-finite', hint: 'the number is too large; the largest is about 1.8e308' };
  return { reason: 'bad-time', hint: timeHint(name, value, time ?? '', endedAtS) };
}

const form = 'a line is NAME VALUE, or NAME VALUE UNIX_TIME';
const numberForm = 'a value is a number such as 12, -0.5 or 1.5e3';

/** Returns the word if a hint may repeat it: short, printable ASCII. Null for any other word. */
function shown(word: string): string | null {
  return word.length <= 40 && /^[!-~]+$/.test(word) ? word : null;
}

/**
 * Returns a hint about invisible characters in a word, the usual cause when a line looks right.
 * Null: there are none.
 */
function invisible(word: string): string | null {
  if (word.startsWith('\xef\xbb\xbf')) return 'the line begins with a byte order mark; leave it out';
  if (word.includes('\0')) return 'there is a NUL byte in it; leave it out';
  if (word.includes('\x1b')) return 'there is an escape sequence (a colour?) in it; leave it out';
  if (/\xc2\xa0|\xe2\x80[\x80-\x8b\xaf]|\xe3\x80\x80/.test(word))
    return 'there is a no-break or other Unicode space in it; words are split by plain spaces or tabs';
  if (word.includes('\r')) return 'there is a carriage return in it; lines end in \\n or \\r\\n';
  return null;
}

function tooFewHint(word: string): string {
  const [, name, value] = /^([^=:,;]{1,40})[=:,;]([^=:,;]{1,40})$/.exec(shown(word) ?? '') ?? [];
  if (name !== undefined && value !== undefined && isName(name) && isNumber(value))
    return `put a space between name and value: ${name} ${value}`;
  return invisible(word) ?? (isNumber(word) ? `the name is missing; ${form}` : `the value is missing; ${form}`);
}

function tooManyHint(second: string): string {
  const unseen = invisible(second);
  if (unseen) return unseen;
  return isNumber(second)
    ? `leave out the other words; ${form}`
    : `a name can't have spaces, write _ or . instead; ${form}`;
}

function nameHint(name: string): string {
  const unseen = invisible(name);
  if (unseen) return unseen;
  const bare = shown(name)?.replace(/[:=,;]$/, '');
  if (bare !== undefined && bare !== name && isName(bare)) return `leave out \`${name.slice(-1)}\`: ${bare}`;
  const [odd] = /[^A-Za-z0-9_.-]/.exec(name) ?? [];
  if (odd === undefined) return 'dots join the parts of a name: none at its beginning or end, no two in a row';
  const which = shown(odd)
    ? `\`${odd}\``
    : odd < ' ' || odd === '\x7f'
      ? 'a control character'
      : 'a character outside plain ASCII';
  return `${which} can't be in a name; allowed are A-Z a-z 0-9 _ - and single dots between parts`;
}

function explainValue(name: string, value: string, time: string | undefined): BadLineExplanation {
  const word = shown(value) ?? '';
  const [, sign = '', whole, fraction] = /^([+-]?)([0-9]*),([0-9]+(?:[eE][+-]?[0-9]+)?)$/.exec(word) ?? [];
  if (whole !== undefined) return { reason: 'decimal-comma', hint: commaHint(sign, whole, fraction ?? '') };
  if (/^[+-]?inf(inity)?$/i.test(word))
    return { reason: 'not-finite', hint: 'print no line while there is no finite value' };
  return { reason: 'not-a-number', hint: valueHint(name, value, word, time) };
}

function commaHint(sign: string, whole: string, fraction: string): string {
  const isThousands = /^[1-9][0-9]{0,2}$/.test(whole) && /^[0-9]{3}$/.test(fraction);
  const other = isThousands ? ` (${sign}${whole}${fraction} if the comma separates thousands)` : '';
  return `write ${sign}${whole || '0'}.${fraction}${other}, or run with LC_ALL=C`;
}

function valueHint(name: string, value: string, word: string, time: string | undefined): string {
  const unseen = invisible(value);
  if (unseen) return unseen;
  if (shown(name) && isNumber(name) && isName(word)) return `the name comes first: ${word} ${name}`;
  if (/^(nan|null|nil|none|undefined|n\/a|-+|\?+|u|unknown)$/i.test(word))
    return 'print no line while there is no value';
  if (/^(true|yes|on|up|ok)$/i.test(word)) return 'write 1 instead';
  if (/^(false|no|off|down)$/i.test(word)) return 'write 0 instead';
  if (/^[+-]?0[xX][0-9a-fA-F]+$/.test(word)) return 'write it in decimal, not in hexadecimal';
  const quoted = /^(["'])(.*)\1$/.exec(word)?.[2] ?? '';
  if (isNumber(quoted)) return `leave out the quotes: ${quoted}`;
  const point = /^([+-]?[0-9]+)\.$/.exec(word)?.[1];
  if (point !== undefined) return `digits must follow the point: ${point} or ${point}.0`;
  const grouped = /^[+-]?[0-9]{1,3}([,_'][0-9]{3})+(\.[0-9]+)?$/.test(word) || /^[0-9]+(_[0-9]+)+$/.test(word);
  if (grouped) return `leave out the separators: ${word.replace(/[,_']/g, '')}`;
  const [, amount, unit] = /^([+-]?[0-9.]+)([%A-Za-z/]+)[.,;:]?$/.exec(word) ?? [];
  if (amount !== undefined && isNumber(amount))
    return `leave out the ${unit === '%' ? '%' : `unit \`${unit}\``}: ${amount}`;
  const ended = word.replace(/[,;:]$/, '');
  if (isNumber(ended)) return `leave out \`${word.slice(-1)}\`: ${ended}`;
  const isSplitName = time !== undefined && time.length < 9 && isNumber(time) && isName(word) && shown(name) !== null;
  return isSplitName ? `a name can't have spaces: ${name}_${word} ${time}` : numberForm;
}

function timeHint(name: string, value: string, time: string, endedAtS: number): string {
  const unseen = invisible(time);
  if (unseen) return unseen;
  const word = shown(time) ?? '';
  const seconds = 'a third word is the time in unix seconds, as `date +%s` prints it';
  if (isTime(value) && isAboutNow(Number(value), endedAtS) && isNumber(time) && !isOfFinerUnit(time, endedAtS)) {
    const [shownName, shownValue] = [shown(name), shown(value)];
    const isShort = shownName !== null && shownValue !== null && word !== '';
    return isShort ? `the time comes last: ${shownName} ${word} ${shownValue}` : `the time comes last; ${form}`;
  }
  if (isTime(time) && Number(time) < earliestS) return `that time is before 2001-09-09; ${seconds}`;
  if (isTime(time)) return tooFarAheadHint(wholeDigits(time), endedAtS);
  if (/^-[0-9.]+$/.test(word)) return `a time can't be negative; ${seconds}`;
  if (/^[A-Za-z%/]+$/.test(word)) return `leave out \`${word}\`; ${seconds}`;
  return seconds;
}

/** Whether a time is one that a sample can have, within a day of the run's end. */
function isAboutNow(atS: number, endedAtS: number): boolean {
  return isPlausibleTime(atS, endedAtS) && atS >= endedAtS - furthestAheadS;
}

/** Whether a time is about now if it is read as milliseconds, microseconds or nanoseconds. */
function isOfFinerUnit(time: string, endedAtS: number): boolean {
  return units[wholeDigits(time)] !== undefined && isAboutNow(Number(time.slice(0, 10)), endedAtS);
}

function wholeDigits(time: string): number {
  return time.replace(/\..*$/s, '').length;
}

const units: Readonly<Record<number, string>> = { 13: 'milliseconds', 16: 'microseconds', 19: 'nanoseconds' };

function tooFarAheadHint(digits: number, endedAtS: number): string {
  const unit = units[digits];
  if (unit) return `looks like ${unit}; give seconds`;
  return `more than a day ahead; the run ended at ${endedAtS}, and a time may be at most ${furthestAheadS} s later`;
}
