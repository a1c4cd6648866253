import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import { expect, test } from 'vitest';
import { systemFiles } from '../../src/io/disk/files.ts';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { warningsOnScript } from '../../src/plugins/script-warnings.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const needsRoot = process.getuid?.() !== 0 && 'only root can give a file capabilities';

function write(dir: string, name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, { mode: 0o700 });
  return path;
}

function warnings(path: string): readonly string[] {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const plugin = { file: pluginFile(file), name: pluginName(file), path };
  return warningsOnScript(plugin, systemFiles).map(({ kind, sentence }) => `${kind}: ${sentence}`);
}

test('a script of one name, with an interpreter that is a program, is no word', () => {
  const dir = tempDir();
  expect(warnings(write(dir, 'x.sh', '#!/bin/sh\n'))).toEqual([]);
  expect(warnings(write(dir, 'plain', 'echo "a 1"\n'))).toEqual([]);
  expect(warnings(write(dir, 'missing', '#!/no/such\n'))).toEqual([]);
});

test('a script with another name is named, with how many it has', () => {
  const dir = tempDir();
  const path = write(dir, 'x.sh', '#!/bin/sh\n');
  mkdirSync(join(dir, 'other'));
  linkSync(path, join(dir, 'other/y'));
  expect(warnings(path)).toEqual([expect.stringMatching(/^hard-links: x\.sh has 2 names \(hard links\)/)]);
});

test('a #! line that leads back to its own script, or to another one that does, is named as a loop', () => {
  const dir = tempDir();
  const itself = join(dir, 'itself');
  write(dir, 'itself', `#!${itself}\n`);
  expect(warnings(itself)).toEqual([
    `interpreter-loop: the #! line of itself leads back to a script ('${itself}', then '${itself}'), so it does not start; correct it`,
  ]);
  const [one, two] = [join(dir, 'one'), join(dir, 'two')];
  write(dir, 'one', `#! ${two} -x\n`);
  write(dir, 'two', `#!${one}\n`);
  expect(warnings(one)).toEqual([expect.stringContaining(`('${one}', then '${two}', then '${one}')`)]);
});

test('interpreters that are scripts are followed as far as the system does: five are run, six are not', () => {
  const dir = tempDir();
  let path = '/bin/sh';
  for (let level = 1; level <= 6; level += 1) path = write(dir, `level-${level}`, `#!${path}\necho ran\n`);
  expect(spawnSync(join(dir, 'level-5')).status).toBe(0);
  expect(spawnSync(path).error).toMatchObject({ code: 'ELOOP' });
  expect(warnings(join(dir, 'level-5'))).toEqual([]);
  expect(warnings(path)).toEqual([
    expect.stringMatching(/^interpreter-loop: .* leads through 6 scripts, .*; name a program /),
  ]);
});

test.skipIf(needsRoot)('file capabilities are named, with what they do', () => {
  const path = write(tempDir(), 'x.sh', '#!/bin/sh\n');
  const setxattr = koffi.load(null).func('int setxattr(const char *, const char *, void *, size_t, int)');
  const capabilities = Buffer.from('0100000200200000000000000000000000000000', 'hex'); // cap_net_raw=ep
  expect(setxattr(path, 'security.capability', capabilities, capabilities.length, 0)).toBe(0);
  expect(warnings(path)).toEqual([
    'file-capabilities: x.sh has file capabilities, which have no effect on a #! script; remove them if they are not wanted',
  ]);
});
