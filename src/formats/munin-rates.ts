/** Rates per second of counts that a Munin plugin prints, as Munin's graphs show them. */
import type { Line } from './format.ts';
import { isPlausibleTime } from './grammar.ts';
import type { MuninConfig, MuninField } from './munin-config.ts';
import { MuninLines, type MuninValue } from './munin-lines.ts';

/** A value as it was printed, and its time. */
type PrintedValue = { readonly text: string; readonly atS: number };

/** What a run has printed. `values` has the last value of each field, by dotted name. */
export type MuninOutput = { readonly endedAtS: number; readonly values: ReadonlyMap<string, PrintedValue> };

/** How many values of an output are remembered, so that memory is bounded. */
const mostValues = 50_000;

/**
 * Reads the values of an output, for the rates of the run after it. Bad lines and `U` are left
 * out, and what comes behind the first 50,000 fields. Never throws.
 */
export function readMuninValues(lines: Iterable<Line>, endedAtS: number): MuninOutput {
  const reader = new MuninLines();
  const values = new Map<string, PrintedValue>();
  for (const printed of lines) {
    const line = reader.read(printed);
    if (line?.kind === 'value') remember(values, line, line.atS ?? endedAtS, endedAtS);
  }
  return { endedAtS, values };
}

/** A value whose time can't be meant is not remembered: it would make rates of later ones wrong. */
function remember(
  values: Map<string, PrintedValue>,
  { graph, field, word, value }: MuninValue,
  atS: number,
  endedAtS: number,
): void {
  const name = graph + field;
  if (!isPlausibleTime(atS, endedAtS) || (values.size >= mostValues && !values.has(name))) return;
  values.set(name, { text: word.length <= longestExact ? word : String(value), atS });
}

/** The rates of one output. Must be asked for all its values, in order. */
export class MuninRates {
  readonly #fields: MuninConfig['fields'];
  readonly #previous: MuninOutput | null;
  readonly #endedAtS: number;
  /** The values of this output: a field may have several, each with its time. */
  readonly #values = new Map<string, PrintedValue>();

  constructor(config: MuninConfig, previous: MuninOutput | null, endedAtS: number) {
    this.#fields = config.fields;
    this.#previous = previous;
    this.#endedAtS = endedAtS;
  }

  /**
   * Returns what a value is a sample of: of a gauge the value, of all other types the rate since
   * the value before. Null: there is none, because the field has no value before or no time has
   * passed, its count was reset, or the rate is outside of the field's bounds.
   */
  of(printed: MuninValue): number | null {
    const field = this.#fields.size === 0 ? undefined : this.#fields.get(printed.graph + printed.field);
    if (field === undefined) return printed.value;
    const sample = field.type === 'GAUGE' ? printed.value : this.#rate(field, printed);
    return sample === null || isOutside(sample, field) ? null : sample;
  }

  #rate({ type }: MuninField, printed: MuninValue): number | null {
    const { graph, field, word, value } = printed;
    const name = graph + field;
    const atS = printed.atS ?? this.#endedAtS;
    const before = this.#values.get(name) ?? this.#previous?.values.get(name);
    const beforeS = before?.atS ?? this.#previous?.endedAtS ?? atS;
    const elapsedS = Math.round((atS - beforeS) * 1000) / 1000; // as a double, either moment is off by less than 1 µs
    if (before === undefined || elapsedS >= leastElapsedS) remember(this.#values, printed, atS, this.#endedAtS);
    if (elapsedS < leastElapsedS) return null;
    if (type === 'ABSOLUTE') return value / elapsedS; // it counts from 0 again each time it is read
    if (before === undefined) return null;
    const change = difference(word, before.text);
    return type === 'COUNTER' && change < 0 ? null : change / elapsedS;
  }
}

function isOutside(sample: number, { min, max }: MuninField): boolean {
  return !Number.isFinite(sample) || (min !== null && sample < min) || (max !== null && sample > max);
}

/** When in its run a plugin counted is not known: over a shorter time, a rate would say nothing. */
const leastElapsedS = 0.5;

/** More digits than any number has that is finite. */
const longestExact = 400;

/** Returns `later - earlier`, exact for whole numbers of any size. */
function difference(later: string, earlier: string): number {
  const [a, b] = [Number(later), Number(earlier)];
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a - b;
  const areWhole = isWhole(later) && isWhole(earlier);
  return areWhole ? Number(BigInt(later) - BigInt(earlier)) : a - b;
}

function isWhole(word: string): boolean {
  return word.length <= longestExact && /^[+-]?[0-9]+$/.test(word);
}
