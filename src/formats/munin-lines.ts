/**
 * The lines that a Munin plugin prints. Values and attributes look alike, because a plugin may
 * print its values among the attributes of its configuration (`MUNIN_CAP_DIRTYCONFIG`).
 */
import type { BadLineExplanation } from './bad-line.ts';
import { readDecimal, short } from './decimal.ts';
import { dottedFamily } from './dotted.ts';
import { firstWords } from './grammar.ts';

/** A value of a field. `word` is `value` as printed. `atS` null: no time is given. */
export type MuninValue = {
  readonly kind: 'value';
  readonly name: string;
  readonly word: string;
  readonly value: number;
  readonly atS: number | null;
};

/**
 * What one line holds. `name` is the field's dotted name: what the last `multigraph` line names
 * stands before it. `unknown` is a value of `U`. An attribute's `word` is the first word of its
 * text; empty: it has none.
 */
type MuninLine =
  | MuninValue
  | { readonly kind: 'unknown' }
  | { readonly kind: 'attribute'; readonly name: string; readonly attribute: string; readonly word: string }
  | ({ readonly kind: 'bad' } & BadLineExplanation);

/** Far below the length at which an expression that repeats could overflow V8's stack. */
const longestPlainLine = 1000;
const plainValue =
  /^([A-Za-z_][A-Za-z0-9_]*)\.value[ \t]+([+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t]*$/;

/** Munin's attributes of a field, so that a line in another format is not taken for one. */
const attributes: ReadonlySet<string> = new Set(
  (
    'cdef colour critical draw extinfo graph graph_data_size info label line max min negative oldname ' +
    'onlynullcdef predict skipdraw stack sum trend type unknown_limit update update_rate warning'
  ).split(' '),
);
/** Attributes of a whole graph. */
const graphAttribute = /^(?:graph_[a-z_]+|host_name|update|update_rate|service_order|notify_[a-z_]+)$/;

const form = 'a line is FIELD.value NUMBER, or FIELD.value U while there is no value';

/** Reads the lines of one output, in order, because a `multigraph` line is about what follows. */
export class MuninLines {
  #prefix = '';

  /** Returns what a line holds. Null: nothing that matters. Never throws, whatever the line. */
  read(text: string): MuninLine | null {
    const found = text.length <= longestPlainLine ? plainValue.exec(text) : null;
    const field = found?.[1];
    const word = found?.[2];
    const value = Number(word);
    if (field === undefined || word === undefined || !Number.isFinite(value)) return this.#readAny(text);
    return { kind: 'value', name: this.#prefix + field, word, value, atS: null };
  }

  #readAny(text: string): MuninLine | null {
    const [first, second, third] = firstWords(text, 3);
    if (first === undefined || first.startsWith('#') || first === '.') return null;
    if (first === 'multigraph') return this.#beginGraph(second, third);
    const dot = first.lastIndexOf('.');
    if (dot < 0) return graphAttribute.test(first) ? null : bad('bad-syntax', form);
    const field = dottedFamily(first.slice(0, dot));
    const attribute = first.slice(dot + 1);
    if (field === '') return bad('bad-name', `the name of the field is missing; ${form}`);
    const name = this.#prefix + field;
    if (attribute === 'value') return readValueWord(name, second, third);
    if (attributes.has(attribute) || graphAttribute.test(attribute))
      return { kind: 'attribute', name, attribute, word: second ?? '' };
    return bad('bad-syntax', `${short(attribute)} is not an attribute of Munin's; ${form}`);
  }

  #beginGraph(graph: string | undefined, more: string | undefined): MuninLine | null {
    if (graph === undefined) return bad('too-few-words', 'the name is missing; write multigraph NAME');
    if (more !== undefined) return bad('too-many-words', "a graph's name can't have spaces; write multigraph NAME");
    const prefix = dottedFamily(graph);
    if (prefix === '') return bad('bad-name', 'the name has only dots; write multigraph NAME');
    this.#prefix = `${prefix}.`;
    return null;
  }
}

function readValueWord(name: string, word: string | undefined, more: string | undefined): MuninLine {
  if (more !== undefined) return bad('too-many-words', `leave out the other words; ${form}`);
  const colon = word?.indexOf(':') ?? -1;
  const time = word?.slice(0, Math.max(0, colon)) ?? '';
  const number = word?.slice(colon + 1) ?? '';
  if (number === '') return bad('too-few-words', `the value is missing; ${form}`);
  if (colon >= 0 && time !== 'N' && !/^[0-9]+$/.test(time))
    return bad('bad-time', `${short(time)} is not a time; write FIELD.value UNIX_TIME:NUMBER, or N for now`);
  if (number === 'U') return { kind: 'unknown' };
  if (/^[+-]?(?:nan|inf(?:inity)?)$/i.test(number)) return bad('not-finite', `print U while there is no value`);
  const value = readDecimal(number);
  if (typeof value !== 'number') return { kind: 'bad', ...value };
  return { kind: 'value', name, word: number, value, atS: colon < 0 || time === 'N' ? null : Number(time) };
}

function bad(reason: BadLineExplanation['reason'], hint: string): MuninLine {
  return { kind: 'bad', reason, hint };
}
