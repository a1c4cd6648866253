import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import type { ExposedFolder } from '../../src/model/exposed-folder.ts';
import { isAsAccepted } from '../../src/plugins/accepted-directory.ts';
import { prepareDirectory } from '../../src/plugins/directory.ts';
import type { PermissionChecker } from '../../src/plugins/permissions.ts';
import { emptyScan, type Scan, scanDirectory } from '../../src/plugins/scan.ts';
import { wayTo } from '../../src/plugins/way.ts';
import { letWrite } from '../helpers/access-lists.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { self } from './live-directory.ts';

const isRoot = self.uid === 0;
const needsRoot = isRoot ? '' : ' (left out: only root can give a folder away)';
const stranger = 65_534;
const strict: PermissionChecker = { ...self, isStrict: true };

/** A folder of the tests' own, with a plugin directory two levels below, and a script in it. */
function place() {
  const top = join(tempDir(), 'top');
  const scripts = join(top, 'middle/scripts');
  for (const path of [top, join(top, 'middle')]) mkdirSync(path, { mode: 0o755 });
  mkdirSync(scripts, { mode: 0o700 });
  return { top, scripts };
}

function scan(dir: string, checker = self, before: Scan = emptyScan): Scan {
  return scanDirectory(systemFiles, dir, checker, systemClock, before);
}

/** Why the directory is refused: how the folder is exposed, and what could be replaced in it. */
function refusal(dir: string, checker = self): readonly string[] | null {
  const { rejection } = scan(dir, checker);
  if (rejection === null) return null;
  return rejection.kind === 'exposed' ? inShort(rejection.folder) : [rejection.kind];
}

function inShort({ to, folder, entry }: ExposedFolder): readonly string[] {
  return [to.kind, folder, entry];
}

describe('the folders above the plugin directory', () => {
  test('are accepted where only root and the agent’s user can write them, and under a sticky folder such as /tmp', () => {
    const { top, scripts } = place();
    expect(refusal(scripts, strict)).toBeNull();
    chmodSync(top, 0o1777);
    expect(refusal(scripts, strict)).toBeNull();
  });

  test.each([0o757, 0o702, 0o777])('are refused where one of them has a mode such as %o', (mode) => {
    const { top, scripts } = place();
    chmodSync(top, mode);
    expect(refusal(scripts)).toEqual(['others', top, 'middle']);
  });

  test.skipIf(!isRoot)(`are refused where one belongs to another user, sticky or not${needsRoot}`, () => {
    const { top, scripts } = place();
    chownSync(top, stranger, 0);
    for (const mode of [0o755, 0o1777]) {
      chmodSync(top, mode);
      expect(refusal(scripts)).toEqual(['owner', top, 'middle']);
    }
    const itself = { ...self, uid: stranger };
    chownSync(join(top, 'middle'), stranger, 0);
    chownSync(scripts, stranger, 0);
    expect(refusal(scripts, itself)).toBeNull(); // to that user, its own folders are safe
  });

  test('are all looked at where the path leads through links: those of the path, and those of the targets', () => {
    const { top, scripts } = place();
    const beside = tempDir();
    const [first, second] = [join(beside, 'first'), join(beside, 'open/second')];
    mkdirSync(join(beside, 'open'));
    symlinkSync('open/second', first);
    symlinkSync(top, second);
    const path = join(first, 'middle/../middle/scripts');
    expect(refusal(path, strict)).toBeNull();
    chmodSync(join(beside, 'open'), 0o777);
    expect(refusal(path)).toEqual(['others', join(beside, 'open'), 'second']);
    chmodSync(join(beside, 'open'), 0o755);
    chmodSync(top, 0o777);
    expect(refusal(path)).toEqual(['others', top, 'middle']);
    expect(refusal(scripts)).toEqual(['others', top, 'middle']);
  });

  test.skipIf(!isRoot)(`are refused where a link in a sticky folder belongs to another user${needsRoot}`, () => {
    const { top, scripts } = place();
    const open = join(tempDir(), 'open');
    mkdirSync(open);
    chmodSync(open, 0o1777);
    symlinkSync(top, join(open, 'link'));
    const path = join(open, 'link/middle/scripts');
    expect(refusal(path)).toBeNull();
    lchownSync(join(open, 'link'), stranger, stranger);
    expect(refusal(path)).toEqual(['link-owner', open, 'link']);
    expect(refusal(scripts)).toBeNull();
  });

  test('are named before a wrong mode or owner of the directory, because to correct what others put there does harm', () => {
    const { top, scripts } = place();
    chmodSync(scripts, 0o755);
    expect(refusal(scripts)).toEqual(['wrong-mode']);
    chmodSync(top, 0o777);
    expect(refusal(scripts)).toEqual(['others', top, 'middle']);
  });

  test('count for nothing on a system without owners and modes', () => {
    const { top, scripts } = place();
    chmodSync(top, 0o777);
    expect(refusal(scripts, { ...self, checksModes: false })).toBeNull();
  });

  test('keep the agent from starting, with what is wrong and what to type', () => {
    const { top, scripts } = place();
    const config = {
      enabled: true,
      location: scripts,
      isDefaultLocation: false,
      format: 'native' as const,
      maxOutputBytes: 1,
      isStrict: false,
      withheldEnv: [],
    };
    expect(prepareDirectory(config, systemFiles, self)).toBeNull();
    chmodSync(top, 0o777);
    expect(prepareDirectory(config, systemFiles, self)).toBe(
      `the script directory can't be used: the way to '${scripts}' is not safe: the folder '${top}' has mode 0777, so everyone can put something else in the place of 'middle' there; take that right away; chmod o-w '${top}'`,
    );
  });
});

describe.skipIf(!isRoot)(`a folder above that a group can write${needsRoot}`, () => {
  const withGroup = (gid: number) => {
    const made = place();
    chownSync(made.top, 0, gid);
    chmodSync(made.top, 0o775);
    return made;
  };

  test('is a warning, and is refused with strict = true', () => {
    const { top, scripts } = withGroup(stranger);
    expect(refusal(scripts)).toBeNull();
    expect(scan(scripts).exposure?.advice.commands).toEqual([`chmod g-w '${top}'`]);
    expect(refusal(scripts, strict)).toEqual(['group', top, 'middle']);
    expect(scan(scripts, strict).exposure).toBeNull();
  });

  test('is no word where the group is root’s and has no other member', () => {
    const { scripts } = withGroup(0);
    expect(scan(scripts).exposure).toBeNull();
    expect(refusal(scripts, strict)).toBeNull();
  });

  test('is judged again when the members of the group change', () => {
    const { top, scripts } = withGroup(stranger);
    let others: readonly string[] = [];
    const members = () => others.map((name) => ({ name, uid: null }));
    const files = {
      ...systemFiles,
      group: () => ({ name: 'own', members: members(), primaryOf: [0] }),
      groupsFingerprint: () => others.join(),
    };
    const first = wayTo(files, scripts, self, null);
    expect(first).toMatchObject({ exposed: null, byGroup: null });
    expect(wayTo(files, scripts, self, first)).toBe(first);
    others = ['ann'];
    expect(wayTo(files, scripts, self, first)?.byGroup).toMatchObject({
      folder: top,
      to: { kind: 'group', name: 'own', others: ['ann'] },
    });
  });

  test('is refused where its access list lets another user write it, and a warning for a named group', () => {
    const { top, scripts } = place();
    letWrite(top, { user: stranger });
    expect(refusal(scripts)).toEqual(['list', top, 'middle']);
    letWrite(top, { user: 0 });
    expect(refusal(scripts, strict)).toBeNull(); // the owning group may not write, only root is named
    letWrite(top, { group: stranger });
    expect(refusal(scripts)).toBeNull();
    expect(refusal(scripts, strict)).toEqual(['group', top, 'middle']);
  });

  test('is judged again when its access list changes, though its mode stays', () => {
    const { top, scripts } = place();
    letWrite(top, { user: 0 });
    const before = scan(scripts);
    expect(before.rejection).toBeNull();
    letWrite(top, { user: stranger });
    expect(scan(scripts, self, before).rejection).toMatchObject({ kind: 'exposed' });
  });
});

describe('the folders above the target of a link', () => {
  function linked() {
    const { top, scripts } = place();
    const library = join(tempDir(), 'library');
    mkdirSync(library, { mode: 0o755 });
    writeFileSync(join(library, 'x.sh'), '#!/bin/sh\n', { mode: 0o700 });
    symlinkSync(join(library, 'x.sh'), join(scripts, 'linked'));
    writeFileSync(join(scripts, 'plain'), '#!/bin/sh\n', { mode: 0o700 });
    return { top, scripts, library };
  }
  const rejections = ({ scripts }: Scan) => [...scripts.values()].map(({ rejection }) => rejection?.kind ?? null);

  test('reject that script alone, until they are as they should be', () => {
    const { scripts, library } = linked();
    const good = scan(scripts);
    expect(rejections(good)).toEqual([null, null]);
    chmodSync(library, 0o777);
    const bad = scan(scripts, self, good);
    expect(rejections(bad)).toEqual(['exposed', null]);
    chmodSync(library, 0o755);
    expect(rejections(scan(scripts, self, bad))).toEqual([null, null]);
  });

  test.skipIf(!isRoot)(`are a warning where a group can write them, and rejected once strict${needsRoot}`, () => {
    const { scripts, library } = linked();
    chownSync(library, 0, stranger);
    chmodSync(library, 0o775);
    const lenient = scan(scripts);
    expect([...lenient.scripts.values()].map(({ note }) => note?.kind ?? null)).toEqual(['group-writable', null]);
    const now = scan(scripts, strict, lenient);
    expect(rejections(now)).toEqual(['exposed', null]);
    expect(rejections(scan(scripts, self, now))).toEqual([null, null]);
  });
});

test('right before a run, another directory of the same owner and mode is not taken for the accepted one', () => {
  const { top, scripts } = place();
  const accepted = scan(scripts);
  expect(isAsAccepted(systemFiles, scripts, self, accepted)).toBe(true);
  writeFileSync(join(scripts, 'new'), ''); // what is in it may change
  expect(isAsAccepted(systemFiles, scripts, self, accepted)).toBe(true);
  const other = join(top, 'other');
  mkdirSync(other, { mode: 0o700 });
  expect(isAsAccepted(systemFiles, other, self, { ...accepted, fingerprint: null })).toBe(false);
});
