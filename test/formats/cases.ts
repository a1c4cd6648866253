import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ForeignFinding, readForeign, textLines } from '../../src/formats/foreign.ts';
import type { Format, Line, OutputContext } from '../../src/formats/format.ts';
import { muninFormat } from '../../src/formats/munin.ts';
import { muninConfigWalk } from '../../src/formats/munin-config.ts';
import { readMuninValues } from '../../src/formats/munin-rates.ts';
import { readerOf } from '../../src/formats/reader.ts';
import { atOnce } from '../../src/io/walk.ts';
import type { BadLineReason } from '../../src/model/bad-line.ts';
import type { FormatName } from '../../src/model/format.ts';
import type { OutputSummary } from '../../src/model/run.ts';
import { type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { Series } from '../../src/model/series.ts';

const folder = fileURLToPath(new URL('../../fixtures/formats/', import.meta.url));

/** Host `web1`, plugin `p`, a run that ended at 1800000000. */
export const goldenContext: OutputContext = {
  prefix: 'web1.p',
  endedAtS: unixSeconds(1_800_000_000),
  truncated: false,
};

/**
 * What `expected.json` of a golden holds. All is optional: no samples, no bad lines, no message.
 * `metric` is without `web1.`; `at` is left out for the end of the run, `series` where it does not
 * matter. A bad line's `hint` is a part of its hint.
 */
export type Expected = {
  readonly samples?: readonly {
    readonly metric: string;
    readonly value: number;
    readonly at?: number;
    readonly series?: Partial<Series>;
  }[];
  readonly badLines?: readonly { readonly line: number; readonly reason: BadLineReason; readonly hint?: string }[];
  readonly message?: string;
  readonly notFinite?: number;
};

/**
 * One golden: a folder with `stdout`, `exit` (missing: 0) and `expected.json`. `format` reads it in
 * the place of the format's own reader: that is for Munin's folders with `config`, the output of
 * the plugin's configuration, and `previous`, the output of the run that ended at `previous_at`.
 */
export type GoldenCase = {
  readonly name: string;
  readonly format: Format | null;
  readonly stdout: Buffer;
  readonly exit: number;
  readonly expected: Expected;
};

/** The goldens of a format. */
export function goldensOf(format: FormatName): readonly GoldenCase[] {
  const cases = join(folder, format);
  return readdirSync(cases).map((name) => {
    const at = (file: string) => join(cases, name, file);
    return {
      name,
      format: existsSync(at('config')) ? muninFormatOf(at) : null,
      stdout: readFileSync(at('stdout')),
      exit: existsSync(at('exit')) ? Number(readFileSync(at('exit'), 'utf8')) : 0,
      expected: JSON.parse(readFileSync(at('expected.json'), 'utf8')),
    };
  });
}

function muninFormatOf(at: (file: string) => string): Format {
  const config = atOnce(muninConfigWalk(linesOf(readFileSync(at('config')))));
  const { endedAtS } = goldenContext;
  if (!existsSync(at('previous'))) return muninFormat({ config, previous: null, endedAtS });
  const previousAtS = Number(readFileSync(at('previous_at'), 'utf8'));
  const previous = readMuninValues(linesOf(readFileSync(at('previous'))), previousAtS);
  return muninFormat({ config, previous, endedAtS });
}

/** The lines of an output that is whole. */
export function linesOf(...chunks: readonly Uint8Array[]): Iterable<Line> {
  return textLines(chunks, false);
}

/** All that is found in an output in chunks. */
export function foundIn(
  format: Format,
  chunks: readonly Uint8Array[],
  context: OutputContext = goldenContext,
): readonly ForeignFinding[] {
  return [...readForeign(format, chunks, context)].filter((found) => found !== null);
}

/** All that is read from an output in chunks: its summary and its samples. */
export function readAll(
  format: FormatName,
  chunks: readonly Uint8Array[],
  context: OutputContext = goldenContext,
): { readonly summary: OutputSummary; readonly samples: readonly Sample[] } {
  const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const reader = readerOf({ kind: 'file', name: 'output', sizeBytes }, () => chunks, context, format);
  const samples: Sample[] = [];
  for (const sample of reader.all) if (sample !== null) samples.push(sample);
  return { summary: atOnce(reader.summary()), samples };
}
