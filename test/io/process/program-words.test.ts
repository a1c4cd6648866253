import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { programWords } from '../../../src/io/process/program-words.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

/** A program below a temporary folder, and folders that PATH may list. */
let [main, node, names, others] = ['', '', '', ''];

function executable(path: string): string {
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  return path;
}

beforeEach(() => {
  const dir = tempDir();
  [names, others] = [join(dir, 'bin'), join(dir, 'others')];
  for (const folder of [names, others]) mkdirSync(folder);
  main = executable(join(dir, 'main.js'));
  node = executable(join(others, 'node'));
});

function words(path: string | undefined, execArgv: readonly string[] = []) {
  return programWords({ name: 'agent', file: main, node, execArgv, path });
}

describe('the program is typed', () => {
  test('by its name where PATH leads from that to the running file', () => {
    symlinkSync(main, join(names, 'agent'));
    expect(words(`/no/such::relative:${names}`)).toEqual(['agent']);
    expect(words(names, ['--inspect'])).toEqual(['agent']);
  });

  test('by its path where the name leads to another file, to a folder, or nowhere', () => {
    expect(words(others)).toEqual([main]);
    mkdirSync(join(names, 'agent'));
    expect(words(`${names}:${others}`)).toEqual([main]);
    executable(join(others, 'agent'));
    expect(words(others)).toEqual([main]);
  });

  test('with its node before the path where the file can not be executed, or PATH has another node', () => {
    expect(words(undefined)).toEqual([node, main]);
    executable(join(names, 'node'));
    expect(words(`${names}:${others}`)).toEqual([node, main]);
    chmodSync(main, 0o644);
    expect(words(others)).toEqual(['node', main]);
  });

  test('with what Node itself was given', () => {
    expect(words(others, ['--import', 'tsx'])).toEqual(['node', '--import', 'tsx', main]);
  });

  test('by a path also where the file was removed meanwhile', () => {
    const start = { name: 'agent', file: '/no/such/main.js', node, execArgv: [], path: names };
    symlinkSync(main, join(names, 'agent'));
    expect(programWords(start)).toEqual([node, '/no/such/main.js']);
  });
});
