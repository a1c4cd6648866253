/**
 * The series of a sample as one word of its line in a block: plain ASCII without spaces. It is
 * `KIND,UNIT,FAMILY,LABEL,VALUE,LABEL,VALUE…`, where KIND is `g` (gauge) or `c` (counter), and an
 * empty FAMILY is null. All but letters, digits and `_./:@+-` is escaped: `%XX`, or `%uXXXX` for a
 * UTF-16 unit from 256 on, so that any text comes back as it was.
 */
import type { Label, Series } from '../../model/series.ts';

/** Returns the word of a series. */
export function packSeries({ family, labels, kind, unit }: Series): string {
  let word = `${kind === 'counter' ? 'c' : 'g'},${escaped(unit)},${escaped(family ?? '')}`;
  for (const [name, value] of labels) word += `,${escaped(name)},${escaped(value)}`;
  return word;
}

/** Returns the series that a word stands for. Null: `packSeries` can't have written it. */
export function unpackSeries(word: string): Series | null {
  if (!isWord.test(word) || word.replace(escapes, '').includes('%')) return null;
  const [kind, unit = '', family, ...parts] = word.split(',').map(unescaped);
  if (family === undefined || parts.length % 2 === 1) return null;
  const labels: Label[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [name = '', value = ''] = [parts[at], parts[at + 1]];
    if (value === '' || name <= (labels.at(-1)?.[0] ?? '')) return null; // sorted, and no name is empty
    labels.push([name, value]);
  }
  return { family: family === '' ? null : family, labels, kind: kind === 'c' ? 'counter' : 'gauge', unit };
}

const unsafe = /[^\w./:@+-]/;
const allUnsafe = /[^\w./:@+-]/g;
const isWord = /^[gc],[\w./:@+%,-]*$/;
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
