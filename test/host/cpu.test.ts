import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuReadings, parseCpu, readCpu } from '../../src/host/cpu.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { procDir, procText } from './edges.ts';

const times = fc.record({
  user: fc.nat(),
  nice: fc.nat(),
  system: fc.nat(),
  idle: fc.nat(),
  iowait: fc.nat(),
  other: fc.nat(),
});

test('the line of all processors is read, with interrupts and steal as other and without guest time', () => {
  expect(parseCpu('cpu  1 2 3 4 5 6 7 8 900 900\ncpu0 9 9 9 9 9 9 9 9 9 9\n')).toEqual({
    ok: true,
    value: { user: 1, nice: 2, system: 3, idle: 4, iowait: 5, other: 21 },
  });
});

test('a kernel without a steal column is understood', () => {
  expect(parseCpu(procText('old-kernel', 'stat'))).toMatchObject({
    ok: true,
    value: { user: 18273, iowait: 412, other: 100 },
  });
});

test.each([[''], ['cpu0 1 2 3 4 5\n'], ['cpu  1 2 3 4\n'], ['cpu  1 2 x 4 5\n'], ['cpu  1 2 3 4 5 x\n']])(
  '%j is no processor time',
  (text) => {
    expect(parseCpu(text)).toMatchObject({ ok: false, error: expect.stringContaining('"cpu"') });
  },
);

test('a file that is missing is an error with its path', () => {
  expect(readCpu(hostFiles('/nowhere'))).toMatchObject({ ok: false, error: expect.stringContaining('/nowhere/stat') });
});

test('percentages are of the time that passed between two readings', () => {
  const before = readCpu(hostFiles(procDir('plain')));
  const now = readCpu(hostFiles(procDir('plain-30s-later')));
  if (!before.ok || !now.ok) throw new Error('the fixtures are unreadable');
  expect(Object.fromEntries(cpuReadings(before.value, now.value))).toEqual({
    'cpu.user': 20,
    'cpu.nice': 1,
    'cpu.system': 10,
    'cpu.idle': 65,
    'cpu.iowait': 3,
    'cpu.in_use': 35,
  });
});

test('iowait that went back counts as none, and the rest still adds up to 100', () => {
  const before = { user: 100, nice: 0, system: 100, idle: 1000, iowait: 500, other: 0 };
  const now = { user: 150, nice: 0, system: 125, idle: 1025, iowait: 490, other: 0 };
  expect(Object.fromEntries(cpuReadings(before, now))).toEqual({
    'cpu.user': 50,
    'cpu.nice': 0,
    'cpu.system': 25,
    'cpu.idle': 25,
    'cpu.iowait': 0,
    'cpu.in_use': 75,
  });
});

test('counters that were reset, or did not change, give no reading', () => {
  const before = { user: 1000, nice: 0, system: 1000, idle: 100_000, iowait: 50, other: 0 };
  expect(cpuReadings(before, { user: 10, nice: 0, system: 5, idle: 300, iowait: 0, other: 0 })).toEqual([]);
  expect(cpuReadings(before, before)).toEqual([]);
});

test('whatever two readings say, each percentage is within 0 and 100 and the five shares are no more than the whole', () => {
  fc.assert(
    fc.property(times, times, (before, now) => {
      const readings = cpuReadings(before, now);
      for (const [, value] of readings) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
      }
      const shares = readings.filter(([name]) => name !== 'cpu.in_use').reduce((sum, [, value]) => sum + value, 0);
      expect(shares).toBeLessThanOrEqual(100.000001);
    }),
  );
});
