/** What a Munin plugin prints when it is run with the argument `config`. */
import type { Walk } from '../model/walk.ts';
import { readDecimal } from './decimal.ts';
import type { Line } from './format.ts';
import { MuninLines } from './munin-lines.ts';

/** What the values of a field are. `GAUGE`: as they stand; all others become rates per second. */
type MuninType = 'GAUGE' | 'DERIVE' | 'COUNTER' | 'ABSOLUTE';

/** How a field is read. A rate, or a gauge's value, outside of `min` and `max` is left out. */
export type MuninField = { readonly type: MuninType; readonly min: number | null; readonly max: number | null };

/**
 * A plugin's configuration. `fields` has only those with a type or a bound, by dotted name; all
 * others are gauges. `hasValues`: the output holds values too, so the plugin need not run again.
 */
export type MuninConfig = { readonly fields: ReadonlyMap<string, MuninField>; readonly hasValues: boolean };

/** How many fields are remembered, so that memory is bounded. Later ones are taken for gauges. */
const mostFields = 50_000;
const linesAStep = 1000;
const gauge: MuninField = { type: 'GAUGE', min: null, max: null };

/** RRDtool's types, and those of them that differ only in how they are stored. */
const types: ReadonlyMap<string, MuninType> = new Map([
  ['GAUGE', 'GAUGE'],
  ['DERIVE', 'DERIVE'],
  ['DDERIVE', 'DERIVE'],
  ['COUNTER', 'COUNTER'],
  ['DCOUNTER', 'COUNTER'],
  ['ABSOLUTE', 'ABSOLUTE'],
]);

/**
 * Reads the output of a run with the argument `config`. What it does not know is left out: an
 * unknown type is a gauge, a bound that is not a number (`U`) is none. Throws only what the lines
 * throw.
 */
export function* muninConfigWalk(lines: Iterable<Line>): Walk<MuninConfig> {
  const reader = new MuninLines();
  const fields = new Map<string, MuninField>();
  let hasValues = false;
  for (const printed of lines) {
    if (printed.line % linesAStep === 0) yield;
    const line = reader.read(printed);
    if (line?.kind === 'value' || line?.kind === 'unknown') hasValues = true;
    if (line?.kind !== 'attribute') continue;
    const known = fields.get(line.name);
    const field = changed(known ?? gauge, line.attribute, line.word);
    if (field !== null && (known !== undefined || fields.size < mostFields)) fields.set(line.name, field);
  }
  return { fields, hasValues };
}

/** Returns the field with one more attribute; null: the attribute does not matter. */
function changed(field: MuninField, attribute: string, word: string): MuninField | null {
  if (attribute === 'type') return { ...field, type: types.get(word.toUpperCase()) ?? 'GAUGE' };
  if (attribute === 'min') return { ...field, min: boundOf(word) };
  if (attribute === 'max') return { ...field, max: boundOf(word) };
  return null;
}

function boundOf(word: string): number | null {
  const bound = readDecimal(word);
  return typeof bound === 'number' ? bound : null;
}
