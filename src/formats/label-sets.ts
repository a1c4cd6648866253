/** The labels of one sample, ready for use: many samples of an output have the same. */
import type { Label } from '../model/series.ts';
import { dottedName, sortedLabels } from './dotted.ts';

/** Labels as a series has them, and what they add to its dotted name. */
export type LabelSet = { readonly labels: readonly Label[]; readonly dotted: string };

/** How many texts are remembered, so that memory is bounded, and up to which length. */
const mostTexts = 1000;
const longestText = 300;

/** Returns the labels in order, without empty ones. Null: a name is there twice. */
export function labelSet(labels: readonly Label[]): LabelSet | null {
  const sorted = sortedLabels(labels);
  return sorted === null ? null : { labels: sorted, dotted: dottedName('', sorted) };
}

/** A label set as it was printed, and the one that came behind it when it was printed first. */
type PrintedSet = { readonly text: string; readonly set: LabelSet | null; next: PrintedSet | null };

/**
 * Label sets by their text `NAME="VALUE",…`, without blanks and escapes. Most families of an
 * output have the same sets in the same order, so a set is looked for first where it came before.
 * Null: it is not a set, because a name is there twice or is reserved.
 */
export class PlainLabelSets {
  readonly #sets = new Map<string, PrintedSet>();
  #last: PrintedSet | null = null;

  of(text: string): LabelSet | null {
    if (text === '') return none;
    const next = this.#last?.next;
    const printed = next?.text === text ? next : this.#find(text);
    this.#last = printed;
    return printed.set;
  }

  #find(text: string): PrintedSet {
    const known = this.#sets.get(text);
    const printed = known ?? { text, set: isReserved.test(text) ? null : labelSet(plainLabels(text)), next: null };
    if (text.length > longestText || (known === undefined && this.#sets.size >= mostTexts)) return printed;
    this.#sets.set(text, printed);
    if (this.#last !== null) this.#last.next = printed;
    return printed;
  }
}

const isReserved = /(?:^|,)__name__=/;
const none: LabelSet = { labels: [], dotted: '' };

function plainLabels(text: string): readonly Label[] {
  const labels: Label[] = [];
  for (let at = 0; at < text.length; ) {
    const equals = text.indexOf('=', at);
    const end = text.indexOf('"', equals + 2);
    labels.push([text.slice(at, equals), text.slice(equals + 2, end)]);
    at = end + 2; // behind the comma
  }
  return labels;
}
