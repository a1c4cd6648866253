import { expect, onTestFinished, test } from 'vitest';
import { directoryName, heldNames } from '../../../src/io/process/held-names.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const isLinux = process.platform === 'linux';

test.runIf(isLinux)('a name is held by one process at a time, which the kernel names, until it is released', () => {
  const name = directoryName('state', process.geteuid?.() ?? 0, tempDir());
  expect(heldNames.holder(name)).toBeNull();
  const held = heldNames.hold(name);
  onTestFinished(() => held?.release());
  expect(heldNames.holder(name)).toBe(process.pid);
  expect(heldNames.hold(name)).toBeNull();
  expect(heldNames.holder(name.slice(0, -1))).toBeNull(); // another name, which begins alike
  held?.release();
  expect(heldNames.holder(name)).toBeNull();
  const again = heldNames.hold(name);
  expect(heldNames.holder(name)).toBe(process.pid);
  again?.release();
});

test('the name of a directory follows from its use, its user and its path', () => {
  const names = [
    directoryName('state', 0, '/a'),
    directoryName('scripts', 0, '/a'),
    directoryName('state', 1, '/a'),
    directoryName('state', 0, '/b'),
  ];
  expect(new Set(names).size).toBe(4);
  expect(directoryName('state', 0, '/a')).toBe(names[0]);
  expect(directoryName('state', null, '/a')).toBe(names[0]); // a system without user ids
});
