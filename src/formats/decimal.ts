/** Decimal numbers as most systems' plugins print them. */

import { visible } from '../words/visible.ts';
import type { BadLineExplanation } from './bad-line.ts';
import type { FormatFinding } from './format.ts';
import { isDigitCode, isNumber } from './grammar.ts';

/** Longer words are read without this pattern, which looks twice at some words' characters. */
const longestShort = 400;
const shortDecimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/**
 * Returns the number that a word is: the grammar of a value of ours, or digits with a bare point
 * (`12.`, `12.e3`). Else why it is none. Never throws.
 */
export function readDecimal(word: string): number | BadLineExplanation {
  if (word.length <= longestShort ? shortDecimal.test(word) : isNumber(word)) {
    const value = Number(word);
    return Number.isFinite(value) ? value : { reason: 'not-finite', hint: `${short(word)} is too large a number` };
  }
  if (/^[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(word))
    return { reason: 'decimal-comma', hint: `write ${short(word).replace(',', '.')}, or run with LC_ALL=C` };
  return { reason: 'not-a-number', hint: `${short(word)} is not a number` };
}

const [plus, minus, point, smallE, largeE] = [43, 45, 46, 101, 69];
/** The powers of ten that a floating-point number has exactly. */
const powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/**
 * Reads numbers where they stand in a longer text, most of them in a part of the time that it takes
 * to cut out a word and to read that: of up to 15 digits with a small exponent, one multiplication
 * or division makes the nearest number.
 */
export class PlainDecimals {
  /** Where the last number ended. */
  end = 0;

  /**
   * Reads the number that begins at `start`, by the grammar of a value of ours. What follows it is
   * not looked at. NaN: none begins there, or it is too large.
   */
  read(text: string, start: number): number {
    const sign = text.charCodeAt(start);
    const digitsStart = sign === minus || sign === plus ? start + 1 : start;
    let at = digitsStart;
    let digits = 0;
    let code = text.charCodeAt(at);
    for (; isDigitCode(code); code = text.charCodeAt(at)) {
      digits = digits * 10 + (code - 48);
      at += 1;
    }
    this.end = at;
    const hasMore = code === point || code === smallE || code === largeE;
    const whole = at > digitsStart ? digits : Number.NaN;
    const value = hasMore ? this.#readMore(text, whole) : whole;
    if (value > Number.MAX_SAFE_INTEGER) return finite(Number(text.slice(start, this.end)));
    return sign === minus ? -value : value;
  }

  /**
   * Reads a fraction and an exponent behind the digits; `whole` NaN: there are none. Returns
   * infinity if one operation does not make the number.
   */
  #readMore(text: string, whole: number): number {
    let digits = whole;
    let exponent = 0;
    if (text.charCodeAt(this.end) === point) {
      const start = this.end + 1;
      let at = start;
      if (Number.isNaN(whole)) digits = 0;
      for (let code = text.charCodeAt(at); isDigitCode(code); code = text.charCodeAt(at)) {
        digits = digits * 10 + (code - 48);
        at += 1;
      }
      this.end = at;
      exponent = start - at;
      if (exponent === 0) return Number.NaN;
    }
    const code = text.charCodeAt(this.end);
    if (code === smallE || code === largeE) exponent += this.#readExponent(text);
    if (Number.isNaN(digits + exponent)) return Number.NaN;
    const power = powers[Math.abs(exponent)];
    if (power === undefined || digits > Number.MAX_SAFE_INTEGER) return Number.POSITIVE_INFINITY;
    return exponent < 0 ? digits / power : digits * power;
  }

  /** NaN: there are no digits. */
  #readExponent(text: string): number {
    const sign = text.charCodeAt(this.end + 1);
    const start = this.end + (sign === minus || sign === plus ? 2 : 1);
    let at = start;
    let exponent = 0;
    for (let code = text.charCodeAt(at); isDigitCode(code); code = text.charCodeAt(at)) {
      exponent = exponent * 10 + (code - 48);
      at += 1;
    }
    this.end = at;
    if (at === start) return Number.NaN;
    return sign === minus ? -exponent : exponent;
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}

/** A word as a hint shows it. */
export function short(word: string): string {
  const text = visible(word.slice(0, 41));
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

/** A part of a line that can't be read, such as one of many values: the hint names it. */
export function badEntry(entry: string, { reason, hint }: BadLineExplanation): Extract<FormatFinding, { kind: 'bad' }> {
  return { kind: 'bad', reason, hint: `${short(entry)}: ${hint}` };
}
