import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import { adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { emptyScan, type Scan, scanDirectory } from '../../src/plugins/scan.ts';
import { scriptsPath, self } from './live-directory.ts';

const isRoot = self.uid === 0;

function scan(dir: string): Scan {
  return scanDirectory(systemFiles, dir, self, systemClock, emptyScan);
}

function write(dir: string, name: string, mode = 0o700): string {
  writeFileSync(join(dir, name), '');
  chmodSync(join(dir, name), mode);
  return join(dir, name);
}

/** Each script that was found: its name in metrics, and why it was rejected. */
function found(dir: string): Record<string, readonly [name: string, rejection: string | null]> {
  const rows = [...scan(dir).scripts.values()].map(
    ({ plugin, rejection }) => [plugin.file, [plugin.name, rejection?.kind ?? null]] as const,
  );
  return Object.fromEntries(rows);
}

describe('what is in the directory', () => {
  test('a file is a plugin, with or without an extension, or with several', () => {
    const dir = scriptsPath();
    for (const name of [
      'plain',
      'load.sh',
      'with.ext.sh',
      'a..b.sh',
      'we ird@x.sh',
      "it's",
      'ü.py',
      'line\nfeed.sh',
      '-n',
    ])
      write(dir, name);
    expect(found(dir)).toEqual({
      plain: ['plain', null],
      'load.sh': ['load', null],
      'with.ext.sh': ['with.ext', null],
      'a..b.sh': ['a.b', null],
      'we ird@x.sh': ['we_ird_x', null],
      "it's": ['it_s', null],
      'ü.py': ['_', null],
      'line\nfeed.sh': ['line_feed', null],
      '-n': ['-n', null],
    });
  });

  test('its path is absolute, and in the directory that was named', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    expect([...scan(dir).scripts.values()].map(({ plugin }) => plugin.path)).toEqual([join(dir, 'a.sh')]);
  });

  test('hidden files and leftovers are nothing, and nothing is said of them', () => {
    const dir = scriptsPath();
    const names =
      '.hidden ... .a.sh.swp a.sh~ #a.sh# a.swp a.swx 4913 a.tmp a.bak a.orig a.rej a.dpkg-dist a.rpmsave a.rpmnew a.rpmorig';
    for (const name of [...names.split(' '), 'a.ucf-dist', 'a.ansible_tmp1']) write(dir, name, 0o755);
    expect(found(dir)).toEqual({});
  });

  test('a directory, a FIFO, a socket and a device are nothing, even by a link', async () => {
    const dir = scriptsPath();
    mkdirSync(join(dir, 'directory.sh'), { mode: 0o700 });
    write(join(dir, 'directory.sh'), 'not-looked-into.sh');
    execFileSync('mkfifo', ['-m', '700', join(dir, 'fifo.sh')]);
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(join(dir, 'socket.sh'), resolve));
    chmodSync(join(dir, 'socket.sh'), 0o700);
    for (const name of ['directory', 'fifo', 'socket'])
      symlinkSync(join(dir, `${name}.sh`), join(dir, `link-to-${name}`));
    symlinkSync('/dev/null', join(dir, 'link-to-device'));
    expect(found(dir)).toEqual({});
  });

  test.runIf(isRoot)('a device of our own with mode 0700 is nothing either (needs root, to make one)', () => {
    const dir = scriptsPath();
    execFileSync('mknod', ['-m', '700', join(dir, 'null.sh'), 'c', '1', '3']);
    expect(found(dir)).toEqual({});
  });

  test('a link counts by its target, under its own name', () => {
    const dir = scriptsPath();
    const elsewhere = scriptsPath();
    symlinkSync(write(elsewhere, 'target.rb'), join(dir, 'link.sh'));
    symlinkSync(join(dir, 'link.sh'), join(dir, 'link-to-a-link'));
    symlinkSync(write(elsewhere, '.hidden'), join(dir, 'link-to-hidden'));
    symlinkSync(join(elsewhere, 'target.rb'), join(dir, '.hidden-link'));
    symlinkSync(write(elsewhere, 'open.rb', 0o755), join(dir, 'rejected.sh'));
    expect(found(dir)).toEqual({
      'link.sh': ['link', null],
      'link-to-a-link': ['link-to-a-link', null],
      'link-to-hidden': ['link-to-hidden', null],
      'rejected.sh': ['rejected', 'wrong-mode'],
    });
  });

  test('the first line of a script is read once for each change of it, and not at all at a scan without one', () => {
    const dir = scriptsPath();
    const path = write(dir, 'a.py');
    writeFileSync(path, 'import os\n');
    const reads: string[] = [];
    const files = {
      ...systemFiles,
      head(of: string, bytes: number) {
        reads.push(of);
        return systemFiles.head(of, bytes);
      },
    };
    const later = { ...systemClock, nowMs: () => Date.now() + 1000 }; // so that it has settled
    let last = emptyScan;
    const noted = () => {
      last = scanDirectory(files, dir, self, later, last);
      return [...last.scripts.values()].map(({ note }) => note?.kind ?? null);
    };
    expect([noted(), noted(), reads]).toEqual([['no-shebang'], ['no-shebang'], [path]]);
    writeFileSync(path, '#!/usr/bin/env python3\n');
    expect([noted(), noted(), reads]).toEqual([[null], [null], [path, path]]);
    const onWindows = scanDirectory(files, dir, { ...self, checksModes: false }, later, emptyScan);
    expect([...onWindows.scripts.values()].map(({ note }) => note)).toEqual([null]);
    expect(reads).toHaveLength(2); // there are no #! lines there
  });

  test('a link that leads nowhere, or in a circle, is reported with the command that removes it', () => {
    const dir = scriptsPath();
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling.sh'));
    symlinkSync(join(write(dir, 'file'), 'below-a-file'), join(dir, 'no-way.sh'));
    symlinkSync(join(dir, 'b.sh'), join(dir, 'a.sh'));
    symlinkSync(join(dir, 'a.sh'), join(dir, 'b.sh'));
    expect(found(dir)).toEqual({
      'dangling.sh': ['dangling', 'dangling-link'],
      'no-way.sh': ['no-way', 'dangling-link'],
      'a.sh': ['a', 'unreadable'],
      'b.sh': ['b', 'unreadable'],
      file: ['file', null],
    });
    const advice = [...scan(dir).scripts.values()].flatMap(({ rejection }) =>
      rejection ? [adviceOnScript(rejection)] : [],
    );
    for (const { sentence, commands } of advice) {
      expect(sentence).toMatch(/^\S+ is a symbolic link .*; correct the link, or remove it$/);
      expect(commands.map((command) => command.slice(0, 4))).toEqual(["rm '"]);
    }
    execFileSync('/bin/sh', { input: advice.flatMap(({ commands }) => commands).join('\n') });
    expect(found(dir)).toEqual({ file: ['file', null] });
  });

  test.runIf(!isRoot)(
    'a link to a script in a folder that may not be entered is rejected, not overlooked (root enters every folder)',
    () => {
      const dir = scriptsPath();
      const elsewhere = scriptsPath();
      symlinkSync(write(elsewhere, 'target.sh'), join(dir, 'link.sh'));
      chmodSync(elsewhere, 0o000);
      expect(found(dir)).toEqual({ 'link.sh': ['link', 'unreadable'] });
    },
  );

  test('a file whose name is not UTF-8 is reported, not overlooked', () => {
    const dir = scriptsPath();
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/caf`), Buffer.from([0xe9]), Buffer.from('.sh')]), '', {
      mode: 0o700,
    });
    expect([...scan(dir).scripts.values()].map(({ rejection }) => rejection && adviceOnScript(rejection))).toEqual([
      { kind: 'unreadable', sentence: 'the name of caf\uFFFD.sh is not UTF-8; rename it', commands: [] },
    ]);
  });

  test('a file that is removed between the listing and the look is left out', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const files = { ...systemFiles, entries: () => ['a.sh', 'gone.sh'] };
    expect([...scanDirectory(files, dir, self, systemClock, emptyScan).scripts.keys()]).toEqual(['a.sh']);
  });

  test('a directory that is removed between the look and the listing is missing, not empty', () => {
    const dir = scriptsPath();
    const files = { ...systemFiles, entries: () => ({ kind: 'failed', code: 'ENOENT' }) as const };
    const { rejection, identity } = scanDirectory(files, dir, self, systemClock, emptyScan);
    expect(rejection).toEqual({ kind: 'missing', path: dir });
    expect(identity).toBeNull();
  });
});
