import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHostMetrics } from '../../src/host/collect.ts';
import { type HostFiles, hostFiles, otherSystem } from '../../src/io/disk/host-files.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { byMetric, fixtureFiles, type Mounts, mounts, procDir, recorder, someSpace } from './edges.ts';

const tick = { atS: unixSeconds(1_795_360_000) };
const spaceNames = ['total_mb', 'used_mb', 'available_mb', 'available_percent'];

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'host-metrics-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function host(files: HostFiles) {
  const clock = fakeClock(1_000_000);
  const { emit, unreadable } = recorder();
  const metrics = createHostMetrics({ platform: 'linux', clock, files, otherSystem }, { hostname: 'web1', emit });
  return { clock, unreadable, metrics, collect: async () => byMetric(await metrics.collect(tick)) };
}

function hostWithDead(dead: readonly string[]): ReturnType<typeof host> & { mounted: Mounts } {
  const mounted = mounts(dead);
  return { ...host(fixtureFiles({ case: 'plain' }, mounted)), mounted };
}

/**
 * Collects once. After every live mount has answered, the clock is moved to the deadline of
 * `statfs`.
 */
async function collectPastDeadline({ collect, clock }: ReturnType<typeof host>): Promise<Record<string, number>> {
  const samples = collect();
  await new Promise(setImmediate);
  clock.advance(1000);
  return samples;
}

const disksOf = (samples: Record<string, number>) =>
  new Set(Object.keys(samples).flatMap((name) => /disk\.(.*)\.total_mb/.exec(name)?.[1] ?? []));

test('the first tick has everything but processor shares and disk utilization', async () => {
  const { collect, unreadable } = host(fixtureFiles({ case: 'plain' }, mounts()));
  const names = Object.keys(await collect());
  const disks = ['root', 'sda1', 'tmpfs_run', 'tmpfs_dev_shm', 'sda15'];
  expect(new Set(names)).toEqual(
    new Set([
      ...['1min', '5min', '15min'].map((name) => `web1.load.${name}`),
      ...['used_mb', 'free_mb', 'buffers_mb', 'cached_mb', 'available_mb', 'free_percent', 'available_percent'].map(
        (name) => `web1.memory.${name}`,
      ),
      ...['used_mb', 'free_mb', 'free_percent'].map((name) => `web1.swap.${name}`),
      ...['open_files', 'max_open_files', 'open_files_pct_max'].map((name) => `web1.filesystem.${name}`),
      ...disks.flatMap((disk) => spaceNames.map((name) => `web1.disk.${disk}.${name}`)),
    ]),
  );
  expect(unreadable).toEqual([]);
});

test('the second tick has processor shares and disk utilization since the first', async () => {
  const proc = { case: 'plain' };
  const { collect, clock } = host(fixtureFiles(proc, mounts()));
  await collect();
  proc.case = 'plain-30s-later';
  clock.advance(30_000);
  expect(await collect()).toMatchObject({
    'web1.cpu.user': 20,
    'web1.cpu.nice': 1,
    'web1.cpu.system': 10,
    'web1.cpu.idle': 65,
    'web1.cpu.iowait': 3,
    'web1.cpu.in_use': 35,
    'web1.disk.root.percent_utilization': 10,
    'web1.disk.sda1.percent_utilization': 10,
    'web1.disk.sda15.percent_utilization': 0,
    'web1.load.1min': 0.66,
  });
});

test('a tick whose file was unreadable is bridged: the next one counts from the last good reading', async () => {
  const proc = { case: 'plain' };
  const { collect, clock } = host(fixtureFiles(proc, mounts()));
  await collect();
  proc.case = 'missing';
  clock.advance(15_000);
  expect(await collect()).toEqual({});
  proc.case = 'plain-30s-later';
  clock.advance(15_000);
  expect(await collect()).toMatchObject({ 'web1.cpu.user': 20, 'web1.disk.sda1.percent_utilization': 10 });
});

test('every sample has the time of the tick, a finite value and at most three decimals', async () => {
  const { metrics } = host(fixtureFiles({ case: 'many-disks' }, mounts()));
  const samples = await metrics.collect(tick);
  expect(samples.length).toBeGreaterThan(50);
  for (const { atS, value } of samples) {
    expect(atS).toBe(tick.atS);
    expect(String(value)).toMatch(/^\d+(\.\d{1,3})?$/);
  }
});

test('values that are no finite numbers do not become samples', async () => {
  const { collect } = host(
    fixtureFiles(
      { case: 'plain' },
      { statfs: async () => ({ ok: true, value: { ...someSpace, bavail: Number.NaN } }) },
    ),
  );
  expect(Object.keys(await collect()).filter((name) => name.startsWith('web1.disk.root'))).toEqual([
    'web1.disk.root.total_mb',
    'web1.disk.root.used_mb',
  ]);
});

test.each(['plain', 'no-swap', 'many-disks', 'old-kernel', 'nfs', 'container'])(
  'nothing is wrong with the %s host, and its root is reported',
  async (name) => {
    const { collect, unreadable } = host(fixtureFiles({ case: name }, mounts()));
    expect(await collect()).toMatchObject({ 'web1.disk.root.total_mb': 1000, 'web1.disk.root.used_mb': 600 });
    expect(unreadable).toEqual([]);
  },
);

test('a mount on the network is not asked at all', async () => {
  const mounted = mounts(['/srv/nfs', '/srv/share']);
  await host(fixtureFiles({ case: 'nfs' }, mounted)).collect();
  expect(mounted.asked).not.toContain('/srv/nfs');
  expect(mounted.asked).not.toContain('/srv/share');
});

test('a mount point with a blank in its name is asked by its real name', async () => {
  const mounted = mounts();
  await host(fixtureFiles({ case: 'many-disks' }, mounted)).collect();
  expect(mounted.asked).toContain('/mnt/with blank');
});

test('a dead mount costs its own metrics, is reported once, and is not asked again until it has answered', async () => {
  const dead = hostWithDead(['/boot/efi']);
  expect(disksOf(await collectPastDeadline(dead))).toEqual(new Set(['root', 'sda1', 'tmpfs_run', 'tmpfs_dev_shm']));
  expect(disksOf(await dead.collect())).toEqual(new Set(['root', 'sda1', 'tmpfs_run', 'tmpfs_dev_shm']));
  expect(dead.mounted.asked.filter((path) => path === '/boot/efi')).toHaveLength(1);
  expect(dead.unreadable).toEqual([['statfs /boot/efi', expect.stringContaining('1000 ms')]]);

  dead.mounted.dead.clear();
  dead.mounted.settle();
  await new Promise(setImmediate);
  expect(disksOf(await dead.collect())).toContain('sda15');
  expect(dead.mounted.asked.filter((path) => path === '/boot/efi')).toHaveLength(2);

  dead.mounted.dead.add('/boot/efi');
  await collectPastDeadline(dead);
  expect(dead.unreadable).toHaveLength(2);
});

test('mounts that are all dead hold up a tick by the deadline and not more, and leave a thread of the pool free', async () => {
  const dead = hostWithDead(['/', '/boot/efi', '/run', '/dev/shm']);
  const samples = await collectPastDeadline(dead);
  expect(samples).toHaveProperty(['web1.load.1min']);
  expect(disksOf(samples)).toEqual(new Set());
  expect(dead.mounted.asked).toHaveLength(3);
  expect(dead.clock.pending()).toBe(0);
});

test.each([
  ['stat', ['cpu']],
  ['meminfo', ['memory', 'swap']],
  ['loadavg', ['load']],
  ['sys/fs/file-nr', ['filesystem']],
  ['self/mountinfo', ['disk', 'disk utilization']],
  ['diskstats', ['disk utilization']],
])(
  'rubbish in %s costs the metrics of %j and no others, and is reported once until a good tick',
  async (file, lost) => {
    const { collect, clock, unreadable } = host({ ...hostFiles(dir), statfs: mounts().statfs });
    const all = new Set(['cpu', 'load', 'memory', 'swap', 'filesystem', 'disk', 'disk utilization']);
    const collectGroups = async (name: string, spoil: () => void) => {
      cpSync(procDir(name), dir, { recursive: true });
      spoil();
      clock.advance(30_000);
      const names = Object.keys(await collect());
      return new Set(
        names.map((metric) => (metric.endsWith('percent_utilization') ? 'disk utilization' : metric.split('.')[1])),
      );
    };
    const rubbish = () => writeFileSync(join(dir, file), 'rubbish\n');

    await collectGroups('plain', () => {});
    expect(await collectGroups('plain-30s-later', rubbish)).toEqual(
      new Set([...all].filter((group) => !lost.includes(group))),
    );
    await collectGroups('plain-30s-later', rubbish);
    expect(unreadable.map(([source]) => source)).toEqual([`/proc/${file}`]);

    expect(await collectGroups('plain-30s-later', () => {})).toEqual(
      file === 'stat' ? all : new Set([...all].filter((group) => group !== 'cpu')),
    );
    await collectGroups('plain-30s-later', () => rmSync(join(dir, file)));
    expect(unreadable.map(([source]) => source)).toEqual([`/proc/${file}`, `/proc/${file}`]);
  },
);

test('a host without any of the files has no metrics and says so for each', async () => {
  const { collect, unreadable } = host(hostFiles('/nowhere'));
  expect(await collect()).toEqual({});
  expect(await collect()).toEqual({});
  expect(unreadable.map(([source]) => source).sort()).toEqual([
    '/proc/diskstats',
    '/proc/loadavg',
    '/proc/meminfo',
    '/proc/self/mountinfo',
    '/proc/stat',
    '/proc/sys/fs/file-nr',
  ]);
});
