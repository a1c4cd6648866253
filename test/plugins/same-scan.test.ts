import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import { hasSameScripts } from '../../src/plugins/registry.ts';
import { emptyScan, type Scan, scanDirectory } from '../../src/plugins/scan.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { self } from './live-directory.ts';

const later = { ...systemClock, nowMs: () => Date.now() + 1000 }; // each script was left alone

/** A directory with two scripts, and a folder that is not a plugin. */
function directory() {
  const dir = tempDir();
  chmodSync(dir, 0o700);
  for (const name of ['a.sh', 'b.sh']) writePlugin(dir, name, '#!/bin/sh\necho x 1\n');
  mkdirSync(join(dir, 'lib'));
  return { dir, look: (before: Scan) => scanDirectory(systemFiles, dir, self, later, before) };
}

describe('a scan', () => {
  test('that finds nothing new has what the one before had', () => {
    const { look } = directory();
    const first = look(emptyScan);
    const second = look(first);
    expect([...second.files]).toEqual(['a.sh', 'b.sh']);
    expect(second.scripts).toBe(first.scripts);
    expect(second.files).toBe(first.files);
    expect(second.entries).toBe(first.entries);
    expect(hasSameScripts(first, second)).toBe(true);
  });

  test.each<[string, (dir: string) => void, string[]]>([
    ['another script', (dir) => writePlugin(dir, 'c.sh', '#!/bin/sh\n'), ['a.sh', 'b.sh', 'c.sh']],
    ['a script less', (dir) => rmSync(join(dir, 'a.sh')), ['b.sh']],
    ['another name', (dir) => renameSync(join(dir, 'a.sh'), join(dir, 'c.sh')), ['b.sh', 'c.sh']],
    ['a script that was written to', (dir) => writeFileSync(join(dir, 'a.sh'), '#!/bin/sh\n#\n'), ['a.sh', 'b.sh']],
    ['a script that is rejected now', (dir) => chmodSync(join(dir, 'a.sh'), 0o777), ['a.sh', 'b.sh']],
  ])('that finds %s has scripts of its own', (_what, change, files) => {
    const { dir, look } = directory();
    const first = look(emptyScan);
    change(dir);
    const second = look(first);
    expect([...second.files]).toEqual(files);
    expect(hasSameScripts(first, second)).toBe(false);
    expect(look(second).scripts).toBe(second.scripts);
  });

  test('that finds another name beside the same scripts has names of its own', () => {
    const { dir, look } = directory();
    const first = look(emptyScan);
    mkdirSync(join(dir, 'lib2'));
    const second = look(first);
    expect(second.scripts).toBe(first.scripts);
    expect(hasSameScripts(first, second)).toBe(false);
  });

  test('of a directory that was rejected meanwhile finds its scripts again', () => {
    const { dir, look } = directory();
    const first = look(emptyScan);
    chmodSync(dir, 0o777);
    expect(look(first).rejection).not.toBeNull();
    chmodSync(dir, 0o700);
    expect([...look({ ...look(first), scripts: first.scripts, files: first.files }).files]).toEqual(['a.sh', 'b.sh']);
  });
});
