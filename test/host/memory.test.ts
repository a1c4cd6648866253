import { expect, test } from 'vitest';
import { type Memory, memoryReadings, parseMemory, readMemory } from '../../src/host/memory.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { procDir } from './edges.ts';

function readingsOf(name: string): Record<string, number> {
  const memory = readMemory(hostFiles(procDir(name)));
  if (!memory.ok) throw new Error(memory.error);
  return Object.fromEntries(memoryReadings(memory.value));
}

test('memory and swap are reported in MiB and percent, used being total less free', () => {
  expect(readingsOf('plain')).toEqual({
    'memory.used_mb': 3000,
    'memory.free_mb': 1000,
    'memory.free_percent': 25,
    'memory.available_mb': 2500,
    'memory.available_percent': 62.5,
    'memory.buffers_mb': 100,
    'memory.cached_mb': 1500,
    'swap.used_mb': 512,
    'swap.free_mb': 1536,
    'swap.free_percent': 75,
  });
});

test('a host without swap has no swap metrics', () => {
  expect(Object.keys(readingsOf('no-swap')).filter((name) => name.startsWith('swap'))).toEqual([]);
});

test('for a kernel that does not report what is available, no guess is sent', () => {
  expect(readingsOf('old-kernel')).toEqual({
    'memory.used_mb': 750,
    'memory.free_mb': 250,
    'memory.free_percent': 25,
    'memory.buffers_mb': 50,
    'memory.cached_mb': 300,
    'swap.used_mb': 0,
    'swap.free_mb': 512,
    'swap.free_percent': 100,
  });
});

test('a malformed line costs its own metric only', () => {
  const memory = parseMemory('MemTotal: 2048 kB\nMemFree: 1024 kB\nBuffers: lots\nCached: 1024 kB\n');
  expect(memory).toMatchObject({ ok: true, value: { buffers: null, cached: 1_048_576 } });
});

test('figures that are not known have no reading', () => {
  const memory: Memory = {
    total: 4,
    free: 1,
    available: null,
    buffers: null,
    cached: null,
    swapTotal: null,
    swapFree: null,
  };
  expect(memoryReadings(memory).map(([name]) => name)).toEqual([
    'memory.used_mb',
    'memory.free_mb',
    'memory.free_percent',
  ]);
});

test.each([
  [''],
  ['MemTotal: 0 kB\nMemFree: 0 kB\n'],
  ['MemTotal: 1 kB\n'],
  ['MemFree: 1 kB\n'],
  ['MemTotal: 1\nMemFree: 1\n'],
])('%j is no memory information', (text) => {
  expect(parseMemory(text)).toMatchObject({ ok: false, error: expect.stringContaining('MemTotal') });
});

test('a file that is missing is an error with its path', () => {
  expect(readMemory(hostFiles('/nowhere'))).toMatchObject({
    ok: false,
    error: expect.stringContaining('/nowhere/meminfo'),
  });
});
