/** Dotted names of series: what other systems call a metric, as one name of ours. */
import type { Label } from '../model/series.ts';
import type { BadLineExplanation } from './bad-line.ts';
import { short } from './decimal.ts';

/**
 * Returns a name's or a label value's text as a segment of a dotted name: each character outside
 * `[A-Za-z0-9_-]` becomes `_`, and `/` alone is `root`. Empty stays empty.
 */
export function segment(text: string): string {
  if (text === '/') return 'root';
  return /[^A-Za-z0-9_-]/.test(text) ? text.replace(/[^A-Za-z0-9_-]/gu, '_') : text;
}

/**
 * Returns a family's name as dotted segments: its dots stay where they join two segments, all else
 * is as in `segment`.
 */
export function dottedFamily(family: string): string {
  if (!family.includes('.')) return segment(family);
  return family
    .split('.')
    .filter((part) => part !== '')
    .map(segment)
    .join('.');
}

/** Returns `NAME.label.value.label.value` for labels that are sorted. */
export function dottedName(name: string, labels: readonly Label[]): string {
  let dotted = name;
  for (const [label, value] of labels) dotted += `.${segment(label)}.${segment(value)}`;
  return dotted;
}

/**
 * Sorts labels by name, and leaves out those with an empty value. Null: a name is there twice.
 */
export function sortedLabels(labels: readonly Label[]): readonly Label[] | null {
  if (areSorted(labels)) return labels;
  const sorted = labels.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  if (sorted.some(([name], index) => name === sorted[index + 1]?.[0])) return null;
  return sorted.filter(([, value]) => value !== '');
}

/** Whether labels are as `sortedLabels` returns them, as most are. */
function areSorted(labels: readonly Label[]): boolean {
  let before = '';
  for (const [name, value] of labels) {
    if (value === '' || name <= before) return false;
    before = name;
  }
  return true;
}

/** More tags than this on one line are a mistake. */
export const mostTags = 100;

/**
 * Returns words `tag=value` as labels, sorted and without those with an empty value; else why they
 * are none.
 */
export function labelsOfTags(tags: readonly string[]): readonly Label[] | BadLineExplanation {
  if (tags.length > mostTags) return { reason: 'bad-syntax', hint: `it has more than ${mostTags} tags` };
  const labels: Label[] = [];
  for (const tag of tags) {
    const equals = tag.indexOf('=');
    if (equals < 1) return { reason: 'bad-syntax', hint: `${short(tag)} is not a tag; a tag is NAME=VALUE` };
    labels.push([tag.slice(0, equals), tag.slice(equals + 1)]);
  }
  return sortedLabels(labels) ?? { reason: 'bad-syntax', hint: 'a tag is there twice' };
}

/**
 * Adds the label `plugin` to sorted labels, or `agent_plugin` where there is a `plugin` among them.
 */
export function withPluginLabel(labels: readonly Label[], plugin: string): readonly Label[] {
  const isTaken = labels.some(([name]) => name === 'plugin');
  const own: Label = [isTaken ? 'agent_plugin' : 'plugin', plugin];
  const next = labels.findIndex(([name]) => name > own[0]);
  return next < 0 ? [...labels, own] : [...labels.slice(0, next), own, ...labels.slice(next)];
}
