import { expect, test } from 'vitest';
import { createCpuUse } from '../../src/host/cpu-use.ts';
import type { HostFiles } from '../../src/io/disk/host-files.ts';
import { err, ok } from '../../src/model/result.ts';

/** The processors' use after a look at each of these; null: the file can't be read. */
function after(...texts: readonly (string | null)[]): number | null {
  const left = [...texts];
  const read = () => {
    const text = left.shift() ?? null;
    return text === null ? err('EACCES') : ok(text);
  };
  const files: HostFiles = { read, statfs: async () => err('none'), realPath: (path) => path };
  const use = createCpuUse(files);
  for (const _ of texts) use.look();
  return use.busyPercent();
}

test('the processors are busy for as long as they are neither idle nor wait for a disk', () => {
  expect(after('cpu  0 0 0 0 0\n', 'cpu  20 5 5 40 30\n')).toBe(30);
  expect(after('cpu  0 0 0 0 0\n', 'cpu  50 0 0 50 0\n', 'cpu  150 0 0 50 0\n')).toBe(100);
});

test('it is not known before the second look, and a look that fails or comes too soon changes nothing', () => {
  expect(after()).toBeNull();
  expect(after('cpu  0 0 0 0 0\n')).toBeNull();
  expect(after(null, 'cpu  0 0 0 0 0\n')).toBeNull();
  const known = ['cpu  0 0 0 0 0\n', 'cpu  50 0 0 50 0\n'];
  expect(after(...known, null)).toBe(50);
  expect(after(...known, 'cpu  50 0 0 50 0\n')).toBe(50);
});
