import {
  chmodSync,
  chownSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import type { Plugin } from '../../src/model/plugin.ts';
import { isAsAccepted } from '../../src/plugins/accepted-directory.ts';
import { guardedChecker } from '../../src/plugins/guarded-rule.ts';
import { directoryOrigin } from '../../src/plugins/origin.ts';
import { adviceOnDirectory, adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { emptyScan, lastLookOf, rescanScript, type Scan, scanDirectory } from '../../src/plugins/scan.ts';
import { withRememberedLooks } from '../../src/plugins/way.ts';
import { letWrite } from '../helpers/access-lists.ts';
import { asNobody } from '../helpers/as-nobody.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const uid = process.getuid?.() ?? 0;
const isRoot = uid === 0;
const needsRoot = isRoot ? '' : ' (left out: only root can give a file away)';
const [stranger, strangers] = [65_534, 65_534];
const checker = guardedChecker(uid, 'linux');
const munin = directoryOrigin('munin', 'native');

/** A directory of another system, below folders of the tests, and a place for programs. */
function place() {
  const top = join(tempDir(), 'etc');
  const [middle, dir, share] = [join(top, 'munin'), join(top, 'munin/plugins'), join(top, 'share')];
  for (const path of [top, middle, dir, share]) mkdirSync(path, { mode: 0o755 });
  return { top, middle, dir, share };
}

/** Writes an executable file. */
function write(dir: string, name: string, mode = 0o755, body = '#!/bin/sh\necho "a.value 1"\n'): string {
  const path = join(dir, name);
  writeFileSync(path, body);
  chmodSync(path, mode);
  return path;
}

function scan(dir: string, before: Scan = emptyScan, files = systemFiles): Scan {
  return scanDirectory(files, dir, checker, systemClock, before, munin);
}

/** Paths in sentences are quoted for a shell. */
function bare(sentence: string): string {
  return sentence.replaceAll("'", '');
}

/** What the scan says of each file: `accepted`, or the sentence. */
function said(dir: string, before: Scan = emptyScan): Record<string, string> {
  const { scripts, rejection } = scan(dir, before);
  if (rejection !== null) return { suspended: bare(adviceOnDirectory(rejection).sentence) };
  return Object.fromEntries(
    [...scripts].map(([file, script]) => [
      file,
      script.rejection ? bare(adviceOnScript(script.rejection).sentence) : 'accepted',
    ]),
  );
}

/** What the last look before a run finds of the only plugin that a scan found. */
function lookAgain(dir: string, before: Scan): string {
  const [script] = before.scripts.values();
  const plugin: Plugin = script?.plugin ?? munin.pluginAt('none', '/none');
  if (!isAsAccepted(systemFiles, dir, checker, before, munin)) return 'suspended';
  const { kind } = lastLookOf(rescanScript(systemFiles, plugin, checker, systemClock, before, munin));
  return kind === 'unsettled' ? 'accepted' : kind; // it was changed a moment ago
}

describe('runs', () => {
  test.each([0o755, 0o700, 0o555, 0o711, 0o4755])('a file with mode %o', (mode) => {
    const { dir } = place();
    write(dir, 'load', mode);
    expect(said(dir)).toEqual({ 'munin/load': 'accepted' });
  });

  test('a link to a program elsewhere, under the name and the path of the link', () => {
    const { dir, share } = place();
    symlinkSync(write(share, 'if_'), join(dir, 'if_eth0'));
    const { scripts } = scan(dir);
    expect([...scripts.values()].map(({ plugin }) => plugin)).toEqual([
      { file: 'munin/if_eth0', name: 'if_eth0', path: join(dir, 'if_eth0'), directory: 'munin' },
    ]);
    expect(said(dir)).toEqual({ 'munin/if_eth0': 'accepted' });
  });

  test('its own entry below a sticky folder that everyone can write', () => {
    const { top, dir } = place();
    chmodSync(top, 0o1777);
    write(dir, 'load');
    expect(said(dir)).toEqual({ 'munin/load': 'accepted' });
    chmodSync(dir, 0o1777);
    expect(said(dir)).toEqual({ 'munin/load': 'accepted' });
  });

  test.skipIf(!isRoot)(`what is root's, for an agent of another user${needsRoot}`, () => {
    const { dir } = place();
    write(dir, 'load');
    write(dir, 'closed', 0o700);
    const other = guardedChecker(stranger, 'linux');
    const found = asNobody(join(dir, '../../..'), () =>
      scanDirectory(systemFiles, dir, other, systemClock, emptyScan, munin),
    );
    expect(found.rejection).toBeNull();
    expect(found.scripts.get(munin.fileOf('load'))?.rejection).toBeNull();
  });

  test('nothing is judged by modes on Windows', () => {
    const { dir } = place();
    write(dir, 'load', 0o666);
    const windows = guardedChecker(null, 'win32');
    const { scripts } = scanDirectory(systemFiles, dir, windows, systemClock, emptyScan, munin);
    expect([...scripts.values()].map(({ rejection }) => rejection)).toEqual([null]);
  });
});

describe('none runs, and the path that breaks the rule is named', () => {
  test('a folder three levels up that a group can write', () => {
    const { top, dir } = place();
    write(dir, 'load');
    const before = scan(dir);
    expect(lookAgain(dir, before)).toBe('accepted');
    if (isRoot) chownSync(top, 0, strangers);
    chmodSync(top, 0o775);
    expect(said(dir)['suspended']).toMatch(new RegExp(`the folder ${top} has mode 0775, so the group .* can put`));
    expect(lookAgain(dir, before)).toBe('suspended');
    const { rejection } = scan(dir);
    expect(rejection && adviceOnDirectory(rejection).commands).toEqual([`chmod go-w '${top}'`]);
  });

  test('a folder above that everyone can write, without the sticky bit', () => {
    const { middle, dir } = place();
    write(dir, 'load');
    const before = scan(dir);
    chmodSync(middle, 0o777);
    expect(said(dir)['suspended']).toContain(`the folder ${middle} has mode 0777, so everyone can put`);
    expect(lookAgain(dir, before)).toBe('suspended');
  });

  test('the directory itself', () => {
    const { dir } = place();
    write(dir, 'load');
    const before = scan(dir);
    chmodSync(dir, 0o757);
    expect(said(dir)['suspended']).toBe(
      `${dir} is not safe to run: the directory ${dir} has mode 0757, so everyone can put scripts there; ` +
        'take that right away',
    );
    expect(lookAgain(dir, before)).toBe('suspended');
  });

  test.each([0o757, 0o777, 0o1757])('a file with mode %o: everyone can write it', (mode) => {
    const { dir } = place();
    const path = write(dir, 'load');
    const before = scan(dir);
    chmodSync(path, mode);
    expect(said(dir)['munin/load']).toMatch(new RegExp(`^${path} is not safe to run: the file ${path} has mode `));
    expect(lookAgain(dir, before)).toBe('rejected');
  });

  test('the file of a link that everyone can write, and a folder above that file', () => {
    const { dir, share } = place();
    const program = write(share, 'if_', 0o757);
    symlinkSync(program, join(dir, 'if_eth0'));
    expect(said(dir)['munin/if_eth0']).toContain(`the file ${program} has mode 0757, so everyone can change`);
    chmodSync(program, 0o755);
    const before = scan(dir);
    expect(lookAgain(dir, before)).toBe('accepted');
    chmodSync(share, 0o757);
    expect(said(dir)['munin/if_eth0']).toContain(`the folder ${share} has mode 0757, so everyone can put`);
    expect(lookAgain(dir, before)).toBe('rejected');
  });

  test('a file, a link’s file and a folder whose access list lets a user write', () => {
    const { dir, share, middle } = place();
    const path = write(dir, 'load');
    symlinkSync(write(share, 'if_'), join(dir, 'if_eth0'));
    letWrite(path, { user: 4711 });
    letWrite(join(share, 'if_'), { group: 4711 });
    const words = said(dir);
    expect(words['munin/load']).toContain(`the access list of the file ${path} lets uid 4711 write it`);
    expect(words['munin/if_eth0']).toContain(`the file ${join(share, 'if_')} has mode 0775, so the group gid 4711`);
    letWrite(middle, { user: 4711 });
    expect(said(dir)['suspended']).toContain(`the access list of the folder ${middle} lets uid 4711 write it`);
  });

  test.skipIf(!isRoot)(`what belongs to another user: file, link's file, directory, folder above${needsRoot}`, () => {
    const { dir, share, middle } = place();
    const path = write(dir, 'load');
    const program = write(share, 'if_');
    symlinkSync(program, join(dir, 'if_eth0'));
    const before = scan(dir);
    chownSync(path, stranger, 0);
    chownSync(program, stranger, 0);
    const words = said(dir);
    expect(words['munin/load']).toContain(`the file ${path} belongs to nobody (uid 65534), who can change what runs`);
    expect(words['munin/if_eth0']).toContain(`the file ${program} belongs to nobody`);
    expect(lookAgain(dir, before)).toBe('rejected');
    const advice = [...scan(dir).scripts.values()].flatMap(({ rejection }) =>
      rejection ? adviceOnScript(rejection) : [],
    );
    expect(advice.map(({ kind, commands }) => [kind, commands])).toEqual([
      ['wrong-owner', []],
      ['wrong-owner', []],
    ]);
    chownSync(dir, stranger, 0);
    expect(said(dir)['suspended']).toContain(`the directory ${dir} belongs to nobody`);
    chownSync(dir, 0, 0);
    chownSync(middle, stranger, 0);
    expect(said(dir)['suspended']).toContain(`the folder ${middle} belongs to nobody`);
  });

  test.skipIf(!isRoot)(`a link of another user in a sticky directory${needsRoot}`, () => {
    const { dir, share } = place();
    chmodSync(dir, 0o1777);
    symlinkSync(write(share, 'if_'), join(dir, 'if_eth0'));
    expect(said(dir)).toEqual({ 'munin/if_eth0': 'accepted' });
    lchownSync(join(dir, 'if_eth0'), stranger, stranger);
    expect(said(dir)['munin/if_eth0']).toContain('if_eth0 in');
    expect(said(dir)['munin/if_eth0']).toContain('is a link of nobody');
  });

  test('a file that takes the place of the judged one before the start is judged itself', () => {
    const { dir, share } = place();
    const good = write(share, 'good');
    const bad = write(share, 'bad', 0o757);
    symlinkSync(good, join(dir, 'if_eth0'));
    const files = withRememberedLooks(systemFiles, systemClock);
    const before = scan(dir, emptyScan, files);
    expect(lookAgain(dir, before)).toBe('accepted');
    symlinkSync(bad, join(dir, '.next'));
    renameSync(join(dir, '.next'), join(dir, 'if_eth0'));
    expect(lookAgain(dir, before)).toBe('rejected');
    rmSync(join(dir, 'if_eth0'));
    symlinkSync(good, join(dir, 'if_eth0'));
    expect(lookAgain(dir, before)).toBe('accepted');
    const copy = join(share, 'copy');
    copyFileSync(bad, copy);
    chmodSync(copy, 0o777);
    renameSync(copy, good);
    expect(lookAgain(dir, before)).toBe('rejected');
    rmSync(join(dir, 'if_eth0'));
    expect(lookAgain(dir, before)).toBe('gone');
  });

  test('a directory that is missing, a file in its place, and one that may not be read', () => {
    const { dir } = place();
    const missing = `there is no directory ${join(dir, 'no')}; install what makes it, or correct path under [directory:munin]`;
    expect(said(join(dir, 'no'))).toEqual({ suspended: missing });
    expect(said(write(dir, 'load'))['suspended']).toContain('load is not a directory; install');
    chmodSync(dir, 0o311);
    const found = asNobody(join(dir, '../../..'), () => scan(dir).rejection?.kind ?? null);
    chmodSync(dir, 0o755);
    expect(found).toBe('unreadable');
  });
});

describe('what is no plugin, or can not be run', () => {
  test('a script without the right to be executed is told which', () => {
    const { dir } = place();
    const path = write(dir, 'load', 0o644);
    const [script] = scan(dir).scripts.values();
    expect(script?.rejection && adviceOnScript(script.rejection)).toEqual({
      kind: 'not-executable',
      sentence: "load is not executable for the agent's user",
      commands: [`chmod u+x '${path}'`],
    });
  });

  test('a text without a #! line is evidently not a script, and no command touches it', () => {
    const { dir } = place();
    write(dir, 'README', 0o644, 'Put plugins here.\n');
    const [script] = scan(dir).scripts.values();
    expect(script?.rejection && adviceOnScript(script.rejection)).toMatchObject({ kind: 'not-a-script', commands: [] });
  });

  test('a link that leads nowhere says what is missing; directories are left out', () => {
    const { dir } = place();
    symlinkSync('/usr/share/munin/plugins/none', join(dir, 'gone'));
    symlinkSync('loop', join(dir, 'loop'));
    mkdirSync(join(dir, 'folder'));
    expect(said(dir)).toEqual({
      'munin/gone':
        'gone is a symbolic link to /usr/share/munin/plugins/none, which does not exist; install that, or remove the link',
      'munin/loop': expect.stringContaining('leads back to itself'),
    });
  });
});
