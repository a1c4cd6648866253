import { describe, expect, test } from 'vitest';
import type { Format, OutputContext } from '../../src/formats/format.ts';
import { formatNames } from '../../src/model/format.ts';
import { foundIn, goldenContext, goldensOf, readAll } from './cases.ts';

const foreign = formatNames.filter((name) => name !== 'native');

describe.each(foreign)('%s', (format) => {
  test.each(goldensOf(format))('$name', ({ stdout, exit, expected, format: own }) => {
    const context = { ...goldenContext, status: exit };
    const { summary, samples } = own ? readWith(own, stdout, context) : readAll(format, [stdout], context);

    const wanted = (expected.samples ?? []).map(({ metric, value, at, series }) => ({
      metric: `web1.${metric}`,
      value,
      atS: at ?? goldenContext.endedAtS,
      ...(series ? { series: expect.objectContaining(series) } : {}),
    }));
    expect(samples.map((sample, index) => (wanted[index]?.series ? sample : { ...sample, series: undefined }))).toEqual(
      wanted,
    );
    expect(summary.badLines.count).toBe(expected.badLines?.length ?? 0);
    expect(summary.badLines.first).toEqual(
      (expected.badLines ?? [])
        .slice(0, 5)
        .map(({ line, reason, hint = '' }) =>
          expect.objectContaining({ line, reason, hint: expect.stringContaining(hint) }),
        ),
    );
    expect(summary.message).toBe(expected.message ?? null);
    expect(summary.notFinite).toBe(expected.notFinite ?? 0);
  });
});

/** What `readAll` returns, for a reader that is in no table. */
function readWith(format: Format, stdout: Buffer, context: OutputContext): ReturnType<typeof readAll> {
  const all = foundIn(format, [stdout], context);
  const badLines = all.flatMap((found) => (found.kind === 'bad-line' ? [found.badLine] : []));
  const samples = all.flatMap((found) => (found.kind === 'sample' ? [found.sample] : []));
  return {
    samples,
    summary: {
      samples: samples.length,
      badLines: { count: badLines.length, first: badLines.slice(0, 5) },
      unendedBytes: 0,
      notFinite: all.filter(({ kind }) => kind === 'not-finite').length,
      message: null,
    },
  };
}
