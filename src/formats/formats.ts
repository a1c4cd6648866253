/** The formats of other systems: how each is read, and which exit statuses carry data. */
import type { ExitStates, FormatName } from '../model/format.ts';
import { readCheckmk } from './checkmk.ts';
import type { Format } from './format.ts';
import { readGraphite } from './graphite.ts';
import { readInflux } from './influx.ts';
import { readJson } from './json.ts';
import { readMunin } from './munin.ts';
import { readNagios } from './nagios.ts';
import { readOpentsdb } from './opentsdb.ts';
import { readPrometheus } from './prometheus.ts';
import { readValue } from './value.ts';

/** One format. `states`: the exit statuses that are no failures; null: only 0 is none. */
type ForeignRules = { readonly read: Format; readonly states: ExitStates | null };

/** All formats but the agent's own. */
export const foreignFormats: Readonly<Record<Exclude<FormatName, 'native'>, ForeignRules>> = {
  prometheus: { read: readPrometheus, states: null },
  nagios: { read: readNagios, states: { last: 3, of: 'a Nagios check' } },
  munin: { read: readMunin, states: null },
  value: { read: readValue, states: null },
  influx: { read: readInflux, states: null },
  json: { read: readJson, states: null },
  checkmk: { read: readCheckmk, states: { last: 3, of: 'a Checkmk local check' } },
  graphite: { read: readGraphite, states: null },
  opentsdb: { read: readOpentsdb, states: null },
};

/** The exit statuses that are no failures in a format; null: only 0 is none. */
export function exitStatesOf(format: FormatName): ExitStates | null {
  return format === 'native' ? null : foreignFormats[format].states;
}

/**
 * How an output is read: by the name of its format, or by a reader that was made for this one
 * output, because it needs to know more than the output.
 */
export type OutputFormat = FormatName | Format;

/** Returns the reader of a format; null: it is the agent's own, whose reader is `native.ts`. */
export function foreignReader(format: OutputFormat): Format | null {
  if (typeof format === 'function') return format;
  return format === 'native' ? null : foreignFormats[format].read;
}
