/**
 * The series of a sample as one word of its line in a block: plain ASCII without spaces. It is
 * `KIND,UNIT,FAMILY,LABEL,VALUE,LABEL,VALUE…`, where KIND is `g` (gauge), `c` (counter) or `i`
 * (info), and an empty FAMILY is null. All but letters, digits and `_./:@+-` is escaped: `%XX`, or
 * `%uXXXX` for a UTF-16 unit from 256 on, so that any text comes back as it was.
 */
import { type Label, pluginFamilies, type Series, type SeriesKind } from '../../model/series.ts';
import { copyOf } from '../copy-of.ts';

/** Returns the word of a series. */
export function packSeries(series: Series): string {
  return packHead(series) + packLabels(series.labels);
}

/** Returns the series that a word stands for. Null: `packSeries` can't have written it. */
export function unpackSeries(word: string): Series | null {
  const first = word.indexOf(',');
  const second = word.indexOf(',', first + 1);
  const third = second > first ? word.indexOf(',', second + 1) : -1;
  const end = third < 0 ? word.length : third;
  const [head, labels] = [headOf(word.slice(0, end)), labelsOf(word.slice(end))];
  if (head === null || labels === null) return null;
  return { family: head.family, labels, kind: head.kind, unit: head.unit };
}

/** Whether a word is of a series that has no meaning by its dotted name. */
export function isInfoWord(word: string): boolean {
  return word.startsWith('i');
}

/**
 * Whether a word is of a series that the history leaves out: one that has no meaning by its dotted
 * name, or what the agent measures of its plugins: the page has their last runs.
 */
export function isLeftOutOfHistory(word: string): boolean {
  return isInfoWord(word) || word.startsWith(pluginFamilies, word.indexOf(',', 2) + 1); // KIND is a letter
}

const letters: Readonly<Record<SeriesKind, string>> = { gauge: 'g', counter: 'c', info: 'i' };
const kinds = new Map(Object.entries(letters).map(([kind, letter]) => [letter, kind as SeriesKind]));

// Samples in a row often have the same labels, and there are few families: both are remembered.
const mostHeads = 200;
const noLabels: readonly Label[] = [];
let packed: { readonly labels: readonly Label[]; readonly text: string } = { labels: noLabels, text: '' };
let unpacked: { readonly text: string; readonly labels: readonly Label[] } = { text: '', labels: noLabels };
const heads = new Map<string, SeriesHead>();
const packedHeads = new Map<string, Omit<SeriesHead, 'family'> & { readonly text: string }>();

type SeriesHead = Pick<Series, 'family' | 'kind' | 'unit'>;

/** Heads are found by their family; one of another kind or unit takes the place of the former. */
function packHead({ family, kind, unit }: SeriesHead): string {
  const name = family ?? '';
  const known = packedHeads.get(name);
  if (known !== undefined && known.kind === kind && known.unit === unit) return known.text;
  const text = `${letters[kind]},${escaped(unit)},${escaped(name)}`;
  if (packedHeads.size >= mostHeads) packedHeads.clear();
  packedHeads.set(name, { kind, unit, text });
  return text;
}

function packLabels(labels: readonly Label[]): string {
  if (labels === packed.labels) return packed.text;
  let text = '';
  for (const [name, value] of labels) text += `,${escaped(name)},${escaped(value)}`;
  packed = { labels, text };
  return text;
}

/** `text` is `KIND,UNIT,FAMILY`. Null: it can't be. */
function headOf(text: string): SeriesHead | null {
  const known = heads.get(text);
  if (known !== undefined) return known;
  const [letter = '', unit, family, ...others] = text.split(',');
  const kind = kinds.get(letter);
  if (kind === undefined || unit === undefined || family === undefined || others.length > 0 || !isWhole(text))
    return null;
  const head: SeriesHead = { family: family === '' ? null : unescaped(family), kind, unit: unescaped(unit) };
  if (heads.size >= mostHeads) heads.clear();
  heads.set(copyOf(text), head);
  return head;
}

/** `text` is `,LABEL,VALUE,LABEL,VALUE…`, or empty. Null: it can't be. */
function labelsOf(text: string): readonly Label[] | null {
  if (text === unpacked.text) return unpacked.labels;
  if (!isWhole(text)) return null;
  const labels: Label[] = [];
  let former = '';
  for (let from = 0; from < text.length; ) {
    const between = text.indexOf(',', from + 1);
    if (between < 0) return null;
    const next = text.indexOf(',', between + 1);
    const end = next < 0 ? text.length : next;
    const [name, value] = [unescaped(text.slice(from + 1, between)), unescaped(text.slice(between + 1, end))];
    if (value === '' || name <= former) return null; // sorted, and no name is empty
    labels.push([name, value]);
    former = name;
    from = end;
  }
  unpacked = { text: copyOf(text), labels };
  return labels;
}

function isWhole(text: string): boolean {
  return isPlain.test(text) && (!text.includes('%') || !text.replace(escapes, '').includes('%'));
}

const unsafe = /[^\w./:@+-]/;
const allUnsafe = /[^\w./:@+-]/g;
const isPlain = /^[\w./:@+%,-]*$/;
const escapes = /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g;

function escaped(text: string): string {
  return unsafe.test(text) ? text.replace(allUnsafe, escapedUnit) : text;
}

function escapedUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  return code < 256 ? `%${code.toString(16).padStart(2, '0')}` : `%u${code.toString(16).padStart(4, '0')}`;
}

function unescaped(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(escapes, (_, long?: string, short?: string) =>
    String.fromCharCode(Number.parseInt(long ?? short ?? '', 16)),
  );
}
