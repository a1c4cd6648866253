import { expect, test } from 'vitest';
import { createHostMetrics } from '../../src/host/collect.ts';
import { libraryCpu, libraryDisks, libraryMemory, libraryOpenFiles } from '../../src/host/other-systems.ts';
import { hostFiles, type OtherSystem, type SystemLibrary } from '../../src/io/disk/host-files.ts';
import { err, ok } from '../../src/model/result.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { byMetric, recorder } from './edges.ts';

const gib = 1024 ** 3;
const macLoad = { currentLoadUser: 12.5, currentLoadNice: 0, currentLoadSystem: 7.5, currentLoadIdle: 80 };
const macMemory = {
  total: 16 * gib,
  free: gib,
  available: 8 * gib,
  buffers: 0,
  cached: 0,
  swaptotal: 2 * gib,
  swapfree: gib,
};
const macDisks = [
  { fs: '/dev/disk3s1s1', mount: '/', size: 100 * gib, used: 10 * gib, available: 60 * gib },
  { fs: '/dev/disk3s5', mount: '/System/Volumes/Data', size: 100 * gib, used: 30 * gib, available: 60 * gib },
  { fs: '/dev/disk3s5', mount: '/private/var/again', size: 100 * gib, used: 30 * gib, available: 60 * gib },
  { fs: 'filer:/export', mount: '/Volumes/export', size: 100 * gib, used: 10 * gib, available: 90 * gib },
  { fs: '/dev/disk9', mount: '/Volumes/empty', size: 0, used: 0, available: 0 },
];
const mac: SystemLibrary = {
  currentLoad: () => Promise.resolve(ok(macLoad)),
  mem: () => Promise.resolve(ok(macMemory)),
  fsSize: () => Promise.resolve(ok(macDisks)),
  fsOpenFiles: () => Promise.resolve(ok({ allocated: 5000, max: 100_000 })),
};
const windows: SystemLibrary = {
  currentLoad: () => Promise.resolve(ok(macLoad)),
  mem: () => Promise.resolve(ok({ ...macMemory, swaptotal: 0, swapfree: 0 })),
  fsSize: () => Promise.resolve(ok([{ fs: 'C:', mount: 'C:', size: 8 * gib, used: 2 * gib, available: 6 * gib }])),
  fsOpenFiles: () => Promise.resolve(ok(null)),
};

function host(platform: string, library: OtherSystem['library']) {
  const clock = fakeClock();
  const { emit, unreadable } = recorder();
  const otherSystem = { library, loadAverages: () => (platform === 'win32' ? [0, 0, 0] : [1.5, 1.25, 1]) };
  const metrics = createHostMetrics(
    { platform, clock, files: hostFiles('/nowhere'), otherSystem },
    { hostname: 'h', emit },
  );
  return { clock, unreadable, collect: async () => byMetric(await metrics.collect({ atS: unixSeconds(60) })) };
}

test('a Mac has the same metric names as Linux, but for iowait, buffers, cached and utilization', async () => {
  const { collect, unreadable } = host('darwin', () => Promise.resolve(ok(mac)));
  await collect();
  expect(await collect()).toEqual({
    'h.load.1min': 1.5,
    'h.load.5min': 1.25,
    'h.load.15min': 1,
    'h.cpu.user': 12.5,
    'h.cpu.nice': 0,
    'h.cpu.system': 7.5,
    'h.cpu.idle': 80,
    'h.cpu.in_use': 20,
    'h.memory.used_mb': 15_360,
    'h.memory.free_mb': 1024,
    'h.memory.free_percent': 6.25,
    'h.memory.available_mb': 8192,
    'h.memory.available_percent': 50,
    'h.swap.used_mb': 1024,
    'h.swap.free_mb': 1024,
    'h.swap.free_percent': 50,
    'h.disk.root.total_mb': 102_400,
    'h.disk.root.used_mb': 10_240,
    'h.disk.root.available_mb': 61_440,
    'h.disk.root.available_percent': 60,
    'h.disk.disk3s1s1.total_mb': 102_400,
    'h.disk.disk3s1s1.used_mb': 10_240,
    'h.disk.disk3s1s1.available_mb': 61_440,
    'h.disk.disk3s1s1.available_percent': 60,
    'h.disk.disk3s5.total_mb': 102_400,
    'h.disk.disk3s5.used_mb': 30_720,
    'h.disk.disk3s5.available_mb': 61_440,
    'h.disk.disk3s5.available_percent': 60,
    'h.filesystem.open_files': 5000,
    'h.filesystem.max_open_files': 100_000,
    'h.filesystem.open_files_pct_max': 5,
  });
  expect(unreadable).toEqual([]);
});

test('the first answer about the processors covers the time since boot and is not sent', async () => {
  const { collect } = host('darwin', () => Promise.resolve(ok(mac)));
  expect(Object.keys(await collect()).filter((name) => name.startsWith('h.cpu'))).toEqual([]);
});

test('after a first question that failed, the next answer still covers the time since boot and is not sent', async () => {
  let isBroken = true;
  const library = { ...mac, currentLoad: () => Promise.resolve(isBroken ? err('out of order') : ok(macLoad)) };
  const { collect } = host('darwin', () => Promise.resolve(ok(library)));
  await collect();
  isBroken = false;
  expect(await collect()).not.toHaveProperty(['h.cpu.user']);
  expect(await collect()).toHaveProperty(['h.cpu.user']);
});

test('Windows has no load, no open files, and its drives by their letters', async () => {
  const { collect, unreadable } = host('win32', () => Promise.resolve(ok(windows)));
  await collect();
  const kinds = Object.keys(await collect()).map((name) => name.split('.').slice(0, 3).join('.'));
  expect(kinds.filter((name) => /load|filesystem|swap/.test(name))).toEqual([]);
  expect(kinds).toContain('h.disk.C');
  expect(unreadable).toEqual([]);
});

test('without the library the load is still sent, and the lack is reported once', async () => {
  const { collect, unreadable } = host('darwin', () => Promise.resolve(err('type: npm install systeminformation')));
  expect(Object.keys(await collect())).toEqual(['h.load.1min', 'h.load.5min', 'h.load.15min']);
  await collect();
  expect(unreadable).toEqual([['systeminformation', 'type: npm install systeminformation']]);
});

test('a question that fails or hangs costs its own metrics only', async () => {
  const hanging: SystemLibrary = {
    ...mac,
    currentLoad: () => Promise.resolve(err('out of order')),
    mem: () => Promise.resolve(err('out of order')),
    fsSize: () => new Promise(() => {}),
  };
  const { collect, clock, unreadable } = host('darwin', () => Promise.resolve(ok(hanging)));
  const samples = collect();
  await new Promise(setImmediate);
  clock.advance(5000);
  const names = Object.keys(await samples).map((name) => name.split('.')[1]);
  expect(new Set(names)).toEqual(new Set(['load', 'filesystem']));
  await collect();
  expect(unreadable.map(([source]) => source)).toEqual([
    'systeminformation currentLoad',
    'systeminformation mem',
    'systeminformation fsSize',
  ]);
});

test('processor shares outside of 0 to 100 are cut to it', () => {
  const odd = { currentLoadUser: 130, currentLoadNice: -2, currentLoadSystem: 0, currentLoadIdle: -5 };
  expect(libraryCpu(odd).map(([, value]) => value)).toEqual([100, 0, 0, 0, 100]);
});

test('buffers and cached are reported if the library knows them', () => {
  expect(Object.fromEntries(libraryMemory({ ...macMemory, buffers: gib, cached: 2 * gib }))).toMatchObject({
    'memory.buffers_mb': 1024,
    'memory.cached_mb': 2048,
  });
});

test('a system that counts only half of its open files has no metric of them', () => {
  expect(libraryOpenFiles({ allocated: 5, max: null })).toEqual([]);
  expect(libraryOpenFiles({ allocated: null, max: 5 })).toEqual([]);
});

test('no disks give no readings', () => {
  expect(libraryDisks([])).toEqual([]);
});
