/**
 * The lines that a Munin plugin prints. Values and attributes look alike, because a plugin may
 * print its values among the attributes of its configuration (`MUNIN_CAP_DIRTYCONFIG`).
 */
import type { BadLineExplanation } from './bad-line.ts';
import { PlainDecimals, readDecimal, short } from './decimal.ts';
import { dottedFamily } from './dotted.ts';
import type { Line } from './format.ts';
import { firstWords, isNameCode, wordStart } from './grammar.ts';

/**
 * A value of a field. Its dotted name is `graph` and `field` together; `graph` is what the last
 * `multigraph` line names, with a dot. `word` is `value` as printed. `atS` null: no time is given.
 */
export type MuninValue = {
  readonly kind: 'value';
  readonly graph: string;
  readonly field: string;
  readonly word: string;
  readonly value: number;
  readonly atS: number | null;
};

/**
 * What one line holds. `unknown` is a value of `U`. An attribute's `name` is the field's dotted
 * name, its `word` is the first word of its text; empty: it has none.
 */
type MuninLine =
  | MuninValue
  | { readonly kind: 'unknown' }
  | { readonly kind: 'attribute'; readonly name: string; readonly attribute: string; readonly word: string }
  | ({ readonly kind: 'bad' } & BadLineExplanation);

/** Munin's attributes of a field, so that a line in another format is not taken for one. */
const attributes: ReadonlySet<string> = new Set(
  (
    'cdef colour critical draw extinfo graph graph_data_size info label line max min negative oldname ' +
    'onlynullcdef predict skipdraw stack sum trend type unknown_limit update update_rate warning'
  ).split(' '),
);
/** Attributes of a whole graph. */
const graphAttribute = /^(?:graph_[a-z_]+|host_name|update|update_rate|service_order|notify_[a-z_]+)$/;

const valueAttribute = '.value';

const form = 'a line is FIELD.value NUMBER, or FIELD.value U while there is no value';

/** Reads the lines of one output, in order, because a `multigraph` line is about what follows. */
export class MuninLines {
  #graph = '';
  readonly #decimals = new PlainDecimals();

  /** Returns what a line holds. Null: nothing that matters. Never throws, whatever the line. */
  read(line: Line): MuninLine | null {
    return this.#readPlain(line) ?? this.#readAny(line.text);
  }

  /** Reads a line that is printed as most are: `FIELD.value NUMBER`. Null: it is not. */
  #readPlain({ piece, start, end }: Line): MuninValue | null {
    let fieldEnd = start;
    while (isNameCode(piece.charCodeAt(fieldEnd))) fieldEnd += 1;
    if (fieldEnd === start || !piece.startsWith(valueAttribute, fieldEnd)) return null;
    const attributeEnd = fieldEnd + valueAttribute.length;
    const wordAt = wordStart(piece, attributeEnd);
    const value = wordAt > attributeEnd ? this.#decimals.read(piece, wordAt) : Number.NaN;
    if (Number.isNaN(value) || wordStart(piece, this.#decimals.end) < end) return null;
    const word = piece.slice(wordAt, this.#decimals.end);
    return { kind: 'value', graph: this.#graph, field: piece.slice(start, fieldEnd), word, value, atS: null };
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
    if (attribute === 'value') return this.#readValue(field, second, third);
    if (attributes.has(attribute) || graphAttribute.test(attribute))
      return { kind: 'attribute', name: this.#graph + field, attribute, word: second ?? '' };
    return bad('bad-syntax', `${short(attribute)} is not an attribute of Munin's; ${form}`);
  }

  #beginGraph(graph: string | undefined, more: string | undefined): MuninLine | null {
    if (graph === undefined) return bad('too-few-words', 'the name is missing; write multigraph NAME');
    if (more !== undefined) return bad('too-many-words', "a graph's name can't have spaces; write multigraph NAME");
    const prefix = dottedFamily(graph);
    if (prefix === '') return bad('bad-name', 'the name has only dots; write multigraph NAME');
    this.#graph = `${prefix}.`;
    return null;
  }

  #readValue(field: string, word: string | undefined, more: string | undefined): MuninLine {
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
    return {
      kind: 'value',
      graph: this.#graph,
      field,
      word: number,
      value,
      atS: colon < 0 || time === 'N' ? null : Number(time),
    };
  }
}

function bad(reason: BadLineExplanation['reason'], hint: string): MuninLine {
  return { kind: 'bad', reason, hint };
}
