import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { firstPluginCommand } from '../../src/words/first-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('the command makes an executable script of mode 0700, whatever the directory is called', () => {
  const dir = join(tempDir(), "it's $HOME\t\\");
  mkdirSync(dir);
  execFileSync('sh', ['-c', firstPluginCommand(dir)]);
  const path = join(dir, 'mine.sh');
  expect(statSync(path).mode & 0o7777).toBe(0o700);
  expect(execFileSync(path, { encoding: 'utf8' })).toBe('answer 42\n');
});
