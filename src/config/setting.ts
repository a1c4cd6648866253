import type { Config } from '../model/config.ts';
import type { Default } from './defaults.ts';
import type { SectionName } from './sections.ts';
import type { Kind } from './values.ts';

/**
 * How a key is set on the command line. Where `argument` is null the flag is a switch: it sets the
 * value `means`, and `does` describes it.
 */
export type SettingFlag =
  | { readonly short: string | null; readonly long: string; readonly argument: string }
  | {
      readonly short: string | null;
      readonly long: string;
      readonly argument: null;
      readonly means: string;
      readonly does: string;
    };

/**
 * One row of the table: everything known about one key. `Absent` is its value where it is not set.
 */
export type Setting<Value, Absent = unknown> = {
  readonly section: SectionName;
  /** `NAME` in a key stands for the name of an environment variable. */
  readonly key: string;
  readonly kind: Kind<Value>;
  readonly default: Default<Absent>;
  /** A line for the sample file; null: the key with its default. */
  readonly example: string | null;
  /** One sentence. */
  readonly does: string;
  /** True: a change is applied while the agent runs; false: at the next start. */
  readonly live: boolean;
  readonly flag: SettingFlag | null;
  /** An environment variable that sets the value. */
  readonly variable: string | null;
  /** What counts as a change of the key; null: a change of its value. */
  readonly compared: ((config: Config) => unknown) | null;
};

/** The rows of one section, each under the name that its value has in the configuration. */
export type Rows<Values> = { readonly [Name in keyof Values]: Setting<Values[Name], Values[Name]> };

type SettingDetails<Value, Absent> = Pick<Setting<Value, Absent>, 'kind' | 'default' | 'does'> &
  Partial<Pick<Setting<Value, Absent>, 'example' | 'flag' | 'variable' | 'live' | 'compared'>>;

/** A row of the table; a row is live unless it says otherwise. */
export function setting<Value, Absent>(
  section: SectionName,
  key: string,
  details: SettingDetails<Value, Absent>,
): Setting<Value, Absent> {
  return { section, key, example: null, live: true, flag: null, variable: null, compared: null, ...details };
}

type ValueOfRow = <Value, Absent>(row: Setting<Value, Absent>) => Value | Absent;

/**
 * The values of a section's rows, each under the name of its row. The compiler can't follow names
 * through `Object.fromEntries`; `Rows` makes sure that there is one row for each name.
 */
export function valuesOf<Values>(rows: Rows<Values>, valueOfRow: ValueOfRow): Values;
export function valuesOf(rows: Rows<Record<string, unknown>>, valueOfRow: ValueOfRow): unknown {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, valueOfRow(row)]));
}
