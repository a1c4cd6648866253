/** Decimal numbers as most systems' plugins print them. */

import { visible } from '../words/visible.ts';
import type { BadLineExplanation } from './bad-line.ts';
import type { FormatFinding } from './format.ts';
import { isNumber } from './grammar.ts';

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

/** A word as a hint shows it. */
export function short(word: string): string {
  const text = visible(word.slice(0, 41));
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

/** A part of a line that can't be read, such as one of many values: the hint names it. */
export function badEntry(entry: string, { reason, hint }: BadLineExplanation): Extract<FormatFinding, { kind: 'bad' }> {
  return { kind: 'bad', reason, hint: `${short(entry)}: ${hint}` };
}
