import { expect, test } from 'vitest';
import { createUsageOf } from '../../../../src/io/process/launch/child-usage.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { launcherIn, launchers, makePlace, start } from './launchers.ts';

const MiB = 1024 ** 2;

test('CPU and memory of a run are known once it has ended, with those of its own children', async () => {
  const place = makePlace();
  const bytes = process.resourceUsage().maxRSS * 1024 + 100 * MiB;
  const body = `awk 'BEGIN { while (i < 200000) i++ }'\ndd if=/dev/zero of=/dev/null count=1 bs=${bytes}\n`;
  const script = writePlugin(place.scripts, 'p', `#!/bin/sh\n${body}`);
  const run = start(launcherIn(place), script);
  expect(run.usage?.()).toEqual({ cpuS: null, peakMemoryBytes: null });
  await run.ended;
  const { cpuS, peakMemoryBytes } = run.usage?.() ?? {};
  expect(cpuS).toBeGreaterThan(0);
  expect(peakMemoryBytes).toBeGreaterThanOrEqual(bytes);
  expect(peakMemoryBytes).toBeLessThan(bytes + 50 * MiB);
});

test('the memory of a run that needed less than this process is not known', async () => {
  const place = makePlace();
  const run = start(launcherIn(place), writePlugin(place.scripts, 'p', '#!/bin/sh\n:\n'));
  await run.ended;
  expect(run.usage?.()).toEqual({ cpuS: expect.any(Number), peakMemoryBytes: null });
});

test('a peak is known only above what this process had before, and that is asked seldom', () => {
  const peaks = [50, 60, 60];
  const usageOf = createUsageOf(() => (peaks.shift() ?? Number.NaN) * MiB);
  const peakOf = (MiBs: number) => usageOf({ cpuS: 1, maxRssBytes: MiBs * MiB }).peakMemoryBytes;
  expect([50, 49, 70, 60, 61].map(peakOf)).toEqual([null, null, 70 * MiB, null, 61 * MiB]);
  expect(peaks).toEqual([]);
});

for (const { name, createIn } of launchers.filter((each) => each.name !== 'posix_spawn'))
  test(`what a run has used that was started by ${name} is not known`, async () => {
    const place = makePlace();
    const launcher = createIn(place);
    for (const script of [writePlugin(place.scripts, 'p', '#!/bin/sh\n:\n'), '/no/such/script']) {
      const run = start(launcher, script);
      await run.ended;
      expect(run.usage?.() ?? { cpuS: null, peakMemoryBytes: null }).toEqual({ cpuS: null, peakMemoryBytes: null });
    }
  });
