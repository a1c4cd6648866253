import { describe, expect, test } from 'vitest';
import { formatNames } from '../../src/model/format.ts';
import { goldenContext, goldensOf, readAll } from './cases.ts';

const foreign = formatNames.filter((name) => name !== 'native');

describe.each(foreign)('%s', (format) => {
  test.each(goldensOf(format))('$name', ({ stdout, exit, expected }) => {
    const { summary, samples } = readAll(format, [stdout], { ...goldenContext, status: exit });

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
