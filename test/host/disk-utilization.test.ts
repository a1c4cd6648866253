import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type BusyReading,
  parseDiskstats,
  readDiskstats,
  utilizationReadings,
} from '../../src/host/disk-utilization.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { procDir, procText } from './edges.ts';

const sda1 = { names: ['root', 'sda1'], mountPoint: '/', number: '8:1', source: '/dev/sda1' };
const itself = (path: string) => path;
const at = (atMs: number, busyMs: Record<string, number>): BusyReading => ({
  atMs,
  busyMs: new Map(Object.entries(busyMs)),
});

test('the busy time of a device is found by its number and by its name', () => {
  const busy = parseDiskstats(procText('plain', 'diskstats'));
  expect(busy.ok && [busy.value.get('8:1'), busy.value.get('sda1'), busy.value.get('sda')]).toEqual([
    119_400, 119_400, 120_000,
  ]);
});

test('partitions of an old kernel, which have no busy time, are left out', () => {
  const busy = parseDiskstats(procText('old-kernel', 'diskstats'));
  expect(busy.ok && [...busy.value]).toEqual([
    ['8:0', 9100],
    ['sda', 9100],
  ]);
});

test('a host without block devices is not an error, a text without statistics is', () => {
  expect(parseDiskstats('')).toEqual({ ok: true, value: new Map() });
  expect(parseDiskstats('8 1 sda1 1 2 3 4\n')).toMatchObject({
    ok: false,
    error: expect.stringContaining('13 fields'),
  });
});

test('a file that is missing is an error with its path', () => {
  expect(readDiskstats(hostFiles('/nowhere'))).toMatchObject({
    ok: false,
    error: expect.stringContaining('/nowhere/diskstats'),
  });
});

test('utilization is the share of the time between two readings that the device was busy', () => {
  const before = readDiskstats(hostFiles(procDir('plain')));
  const now = readDiskstats(hostFiles(procDir('plain-30s-later')));
  if (!before.ok || !now.ok) throw new Error('the fixtures are unreadable');
  expect(
    utilizationReadings([sda1], { atMs: 1000, busyMs: before.value }, { atMs: 31_000, busyMs: now.value }, itself),
  ).toEqual([
    ['disk.root.percent_utilization', 10],
    ['disk.sda1.percent_utilization', 10],
  ]);
});

test('a device is never busier than 100 percent', () => {
  expect(utilizationReadings([sda1], at(0, { '8:1': 0 }), at(1000, { '8:1': 1700 }), itself)[0]).toEqual([
    'disk.root.percent_utilization',
    100,
  ]);
});

test.each([
  ['was not there before', at(0, {}), at(1000, { '8:1': 10 })],
  ['is gone', at(0, { '8:1': 10 }), at(1000, {})],
  ['has a counter that went back', at(0, { '8:1': 4_294_967_000 }), at(1000, { '8:1': 12 })],
  ['is read twice in the same moment', at(1000, { '8:1': 10 }), at(1000, { '8:1': 20 })],
])('a device that %s has no utilization', (_, before, now) => {
  expect(utilizationReadings([sda1], before, now, itself)).toEqual([]);
});

test('a file system whose number is not its device is found by the device that its source leads to', () => {
  const home = { names: ['luks-3f2a'], mountPoint: '/home', number: '0:40', source: '/dev/mapper/luks-3f2a' };
  const realPath = (path: string) => (path === '/dev/mapper/luks-3f2a' ? '/dev/dm-1' : path);
  expect(utilizationReadings([home], at(0, { 'dm-1': 100 }), at(1000, { 'dm-1': 350 }), realPath)).toEqual([
    ['disk.luks-3f2a.percent_utilization', 25],
  ]);
});

test('a source that is not a device is not looked up', () => {
  const shm = { names: ['tmpfs_sda1'], mountPoint: '/sda1', number: '0:9', source: 'sda1' };
  expect(utilizationReadings([shm], at(0, { sda1: 0 }), at(1000, { sda1: 500 }), itself)).toEqual([]);
});

test('whatever two readings say, utilization is within 0 and 100', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), fc.nat(), (atBefore, busyBefore, atNow, busyNow) => {
      for (const [, value] of utilizationReadings(
        [sda1],
        at(atBefore, { '8:1': busyBefore }),
        at(atNow, { '8:1': busyNow }),
        itself,
      )) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
      }
    }),
  );
});
