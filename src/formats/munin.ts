/**
 * The values that a Munin plugin prints: `FIELD.value N`, `U`, `TIME:N` or `N:N`, in graphs that
 * `multigraph` lines begin. What Munin draws as a rate becomes one here.
 */
import type { Format } from './format.ts';
import type { MuninConfig } from './munin-config.ts';
import { MuninLines } from './munin-lines.ts';
import { type MuninOutput, MuninRates } from './munin-rates.ts';

/**
 * Makes a reader for one output. `config` says which fields are rates; `previous` is the output of
 * the run before, null: it is not known, and there are no rates but within the output itself.
 * `endedAtS` is when this run ended, with a fraction, as that of the other.
 */
export function muninFormat({
  config,
  previous,
  endedAtS,
}: {
  readonly config: MuninConfig;
  readonly previous: MuninOutput | null;
  readonly endedAtS: number;
}): Format {
  return function* (lines) {
    const reader = new MuninLines();
    const rates = new MuninRates(config, previous, endedAtS);
    for (const printed of lines) {
      const line = reader.read(printed);
      if (line?.kind === 'bad') yield line;
      else {
        const value = line?.kind === 'value' ? rates.of(line) : null;
        if (line?.kind !== 'value' || value === null) yield null;
        else yield { kind: 'sample', stem: line.graph, name: line.field, value, atS: line.atS, series: null };
      }
    }
  };
}

/** Reads an output whose configuration is not known: all fields are gauges, so no time matters. */
export const readMunin: Format = muninFormat({
  config: { fields: new Map(), hasValues: false },
  previous: null,
  endedAtS: 0,
});
