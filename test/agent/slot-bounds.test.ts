import { expect, test } from 'vitest';
import { hostLoad, slotBounds } from '../../src/agent/slot-bounds.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { err, ok } from '../../src/model/result.ts';

/** The host's files, some of them with these texts. */
function filesWith(texts: Readonly<Record<string, string>>) {
  return {
    ...hostFiles('/proc'),
    read: (name: string) => (name in texts ? ok(texts[name] ?? '') : err('no such file')),
  };
}

const limits = (soft: string) => filesWith({ 'self/limits': `Max open files            ${soft}   4096   files\n` });

test.each([
  [1, 4, 64],
  [2, 4, 64],
  [3, 6, 96],
  [64, 128, 2048],
])('by default a machine with %d cores has %d slots, and up to %d where that helps', (cores, least, most) => {
  const edges = { machine: { cores }, hostFiles: limits('unlimited') };
  expect(slotBounds({ maxConcurrency: 'auto' }, edges)).toEqual({ least, most });
});

test.each([
  ['1024', 64],
  ['256', 48],
  ['128', 16],
  ['40', 4],
])('with a limit of %s open files there are up to %d', (soft, most) => {
  expect(slotBounds({ maxConcurrency: 'auto' }, { machine: { cores: 2 }, hostFiles: limits(soft) }).most).toBe(most);
});

test('a number is the number of slots', () => {
  const edges = { machine: { cores: 2 }, hostFiles: limits('128') };
  expect(slotBounds({ maxConcurrency: 100 }, edges)).toEqual({ least: 100, most: 100 });
});

test.each([
  ['MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 160 kB\n', true],
  ['MemTotal: 1000 kB\nMemFree: 900 kB\nMemAvailable: 140 kB\n', false],
  ['MemTotal: 1000 kB\nMemFree: 140 kB\n', false],
])('memory is left for more runs while 15 %% of it are available: %j', (meminfo, has) => {
  expect(hostLoad(filesWith({ meminfo })).hasMemory()).toBe(has);
});

test('where memory is not known, it does not count', () => {
  expect(hostLoad(filesWith({})).hasMemory()).toBe(true);
});
