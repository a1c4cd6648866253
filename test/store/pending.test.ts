import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { Series } from '../../src/model/series.ts';
import { createPendingSamples } from '../../src/store/pending.ts';
import { packedLine } from '../../src/store/spool/blocks.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { openIn } from './set-up.ts';

const series: Series = { family: 'f', labels: [['mount', '/a b']], kind: 'counter', unit: 'B' };
const native: Sample = { metric: metricName('h.p.m'), value: 1, atS: unixSeconds(1_700_000_000) };

test.each([
  ['without a series', native],
  ['with one', { ...native, series }],
])('an output on disk stays there unless memory has room for all its samples %s', (_what, sample) => {
  const dir = tempDir();
  const at = openIn(dir);
  writeFileSync(join(dir, 'outputs', 'x'), 'm');
  const pending = createPendingSamples(at.state.outputs, () => {});
  pending.add(pluginFile('p'), { kind: 'file', name: 'x', sizeBytes: 1 }, [sample]);
  const packedBytes = packedLine(sample.metric, sample.value, sample.atS, sample.series).length;
  const held: Sample[] = [];
  const take = (samples: Iterable<Sample>) => held.push(...samples);
  pending.hold(take, packedBytes - 1);
  expect([held, pending.needsOutputs()]).toEqual([[], true]);
  pending.hold(take, packedBytes);
  expect([held, pending.needsOutputs()]).toEqual([[sample], false]);
  at.close();
});
