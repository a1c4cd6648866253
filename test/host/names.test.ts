import { describe, expect, test } from 'vitest';
import { createHostMetrics } from '../../src/host/collect.ts';
import { claimedNames, mayBeHostMetrics } from '../../src/host/names.ts';
import { otherSystem } from '../../src/io/disk/host-files.ts';
import { pluginName } from '../../src/model/plugin.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { fixtureFiles, mounts, recorder } from './edges.ts';

const tick = { atS: unixSeconds(1_795_360_000) };

function host() {
  const { emit, unreadable } = recorder();
  const files = fixtureFiles({ case: 'plain' }, mounts());
  const edges = { platform: 'linux', clock: fakeClock(1_000_000), files, otherSystem };
  return { unreadable, metrics: createHostMetrics(edges, { hostname: 'web1', emit }) };
}

test.each([
  ['cpu.sh', true],
  ['disk.root.sh', true],
  ['filesystem', true],
  ['cpus', false],
  ['my.cpu.sh', false],
])('%s can collide with host metrics: %s', (file, expected) => {
  expect(mayBeHostMetrics(pluginName(file))).toBe(expected);
});

test('the shares of the processors are claimed before there are any', () => {
  expect(claimedNames([['load.1min', 0.5]])).toEqual(
    new Set(['cpu.user', 'cpu.nice', 'cpu.system', 'cpu.idle', 'cpu.iowait', 'cpu.in_use', 'load.1min']),
  );
});

describe('the names of the host metrics', () => {
  test('are known before the first tick', async () => {
    const { metrics } = host();
    const names = await metrics.names();
    for (const name of ['cpu.user', 'load.1min', 'memory.used_mb', 'swap.free_mb', 'disk.root.total_mb'])
      expect([...names]).toContain(name);
    expect([...names]).not.toContain('disk.sdz.total_mb');
  });

  test.each(['before', 'behind'])(
    'are asked for beside a tick, %s it, and no mount is asked twice at a time',
    async (when) => {
      const { metrics, unreadable } = host();
      const asked =
        when === 'before' ? [metrics.names(), metrics.collect(tick)] : [metrics.collect(tick), metrics.names()];
      await Promise.all(asked);
      expect(unreadable).toEqual([]);
      expect((await metrics.names()).size).toBeGreaterThan(20);
    },
  );
});
