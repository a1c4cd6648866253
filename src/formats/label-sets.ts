/** The labels of one sample, ready for use: many samples of an output have the same. */
import type { Label } from '../model/series.ts';
import { dottedName, sortedLabels } from './dotted.ts';
import { isDigitCode, isNameCode } from './grammar.ts';
import { copied } from './lines.ts';

/** Labels as a series has them, and what they add to its dotted name. */
export type LabelSet = { readonly labels: readonly Label[]; readonly dotted: string };

/** How many texts are remembered, so that memory is bounded, and up to which length. */
const mostTexts = 1000;
const longestText = 300;

/** Returns a quoted text without its escapes. One that is not known stays as it is. */
export function withoutEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\"n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
}

/** Returns the labels in order, without empty ones. Null: a name is there twice. */
export function labelSet(labels: readonly Label[]): LabelSet | null {
  const sorted = sortedLabels(labels);
  return sorted === null ? null : { labels: sorted, dotted: dottedName('', sorted) };
}

/** A label set as it was printed, and the one that came behind it when it was printed first. */
type PrintedSet = { readonly text: string; readonly set: LabelSet; next: PrintedSet | null };

/**
 * Label sets by their text `{NAME="VALUE",…}`, without blanks and quoted names. Most families of an
 * output have the same sets in the same order, so a set is looked for first where it came before.
 */
export class PlainLabelSets {
  readonly #sets = new Map<string, PrintedSet>();
  #last: PrintedSet | null = null;

  /**
   * Returns the set at the brace that stands in a text at `start`. Null: no plain set begins there
   * and ends before `end`, or a name in it is there twice or is reserved.
   */
  at(text: string, start: number, end: number): PrintedSet | null {
    const next = this.#last?.next ?? null;
    const printed = next !== null && text.startsWith(next.text, start) ? next : this.#find(text, start, end);
    if (printed !== null) this.#last = printed;
    return printed;
  }

  #find(text: string, start: number, end: number): PrintedSet | null {
    const close = plainSetEnd(text, start, end);
    if (close < 0) return null;
    const plain = text.slice(start, close);
    const known = this.#sets.get(plain);
    const isKept = known !== undefined || (plain.length <= longestText && this.#sets.size < mostTexts);
    const printed = known ?? printedSet(isKept ? copied(plain) : plain);
    if (printed === null || !isKept) return printed;
    if (known === undefined) this.#sets.set(printed.text, printed);
    if (this.#last !== null) this.#last.next = printed;
    return printed;
  }
}

const [quote, comma, backslash, closingBrace] = [34, 44, 92, 125];

/**
 * Returns where the labels end whose brace stands at `start`: behind the other brace. Negative:
 * they are not plain, or it is missing.
 */
function plainSetEnd(text: string, start: number, end: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== closingBrace) {
    at = plainLabelEnd(text, at, end);
    if (at < 0) return at;
    if (text.charCodeAt(at) === comma) at += 1;
    else if (text.charCodeAt(at) !== closingBrace) return -1;
  }
  return at + 1;
}

function plainLabelEnd(text: string, start: number, end: number): number {
  let at = start;
  while (isNameCode(text.charCodeAt(at))) at += 1;
  if (at === start || isDigitCode(text.charCodeAt(start)) || !text.startsWith('="', at)) return -1;
  const close = closingQuote(text, at + 2, end);
  return close < 0 ? close : close + 1;
}

/** Returns where the first quote is that is not escaped; negative: there is none before `end`. */
function closingQuote(text: string, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at += 1;
  }
  return -1;
}

function printedSet(text: string): PrintedSet | null {
  const set = text.includes(reserved) ? null : labelSet(plainLabels(text));
  return set === null ? null : { text, set, next: null };
}

const reserved = '__name__=';

function plainLabels(text: string): readonly Label[] {
  const labels: Label[] = [];
  for (let at = 1; at < text.length - 1; ) {
    const nameEnd = text.indexOf('=', at);
    const valueEnd = closingQuote(text, nameEnd + 2, text.length);
    labels.push([text.slice(at, nameEnd), withoutEscapes(text.slice(nameEnd + 2, valueEnd))]);
    at = valueEnd + 2; // behind the comma
  }
  return labels;
}
