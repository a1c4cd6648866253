import { expect, test } from 'vitest';
import { usageWords } from '../../src/words/run-usage.ts';

test.each([
  [null, null, []],
  [0.0123, null, ['12 ms of CPU']],
  [null, 9 * 1024 ** 2, ['9.0 MiB of memory']],
  [2.34, 300_000_000, ['2.3 s of CPU', '286 MiB of memory']],
] as const)('a run with %s s of CPU and %s bytes of memory used %j', (cpuS, peakMemoryBytes, words) => {
  expect(usageWords({ cpuS, peakMemoryBytes })).toEqual(words);
});
