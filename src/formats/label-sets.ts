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

/** Label sets by their text `NAME="VALUE",…`, without blanks and escapes. */
export class PlainLabelSets {
  readonly #sets = new Map<string, LabelSet | null>();

  of(text: string): LabelSet | null {
    if (text === '') return none;
    const known = this.#sets.get(text);
    if (known !== undefined) return known;
    const set = labelSet(plainLabels(text));
    if (text.length <= longestText && this.#sets.size < mostTexts) this.#sets.set(text, set);
    return set;
  }
}

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
