import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileFacts, FileFailure } from '../../src/io/disk/files.ts';
import type { DirectoryRejection, PluginRejection } from '../../src/model/plugin.ts';
import {
  adviceOnDirectory,
  adviceOnScript,
  isIgnoredName,
  judgeDirectory,
  judgeScript,
} from '../../src/plugins/permissions.ts';

const agent = { uid: 1000, checksModes: true };
const onWindows = { uid: 0, checksModes: false };

function facts(change: Partial<FileFacts> = {}): FileFacts {
  return {
    kind: 'file',
    mode: 0o700,
    uid: 1000,
    sizeBytes: 1,
    mtimeMs: 0,
    ctimeMs: 0,
    fingerprint: '',
    identity: '',
    ...change,
  };
}

function failed(code: string): FileFailure {
  return { kind: 'failed', code };
}

describe('names', () => {
  const ignored =
    '.a .bashrc.sh ... a.sh~ ~ #a.sh# #a.b# a.swp .a.sh.swx a.swx 4913 a.tmp a.sh.bak a.orig a.rej a.dpkg-dist a.dpkg-old a.dpkg-new.sh a.rpmsave a.rpmnew a.rpmorig a.ucf-dist a.ucf-old.1 a.ansible_tmpxyz a.ansible_tmp_1.sh';
  test.each(ignored.split(' '))('%s is never a plugin', (name) => {
    expect(isIgnoredName(name)).toBe(true);
  });

  const taken =
    'a a.sh with.ext.sh # #a a# a~b 49131 a4913 swp tmp bak.sh a.tmp.sh a.temp a.dpkg rpmsave a.rpmnewer a.ucf dpkg-a ansible_tmp';
  test.each([...taken.split(' '), 'we ird@x.sh', 'ein Häuschen', 'a\nb'])('%j may be one', (name) => {
    expect(isIgnoredName(name)).toBe(false);
  });

  test('a leftover is one even with a line feed in its name', () => {
    expect(isIgnoredName('#a\nb#')).toBe(true);
  });
});

describe('the permission check', () => {
  const path = '/p/x.sh';
  const script = (found: FileFacts | FileFailure, { isLink = false, checker = agent, at = path } = {}) =>
    judgeScript(at, found, isLink, checker);

  test('accepts a file of the agent’s user with mode 0700 as a script, and such a directory', () => {
    expect(script(facts())).toBeNull();
    expect(judgeDirectory(path, facts({ kind: 'directory' }), agent)).toBeNull();
  });

  test('refuses another owner, root too, before it looks at the mode', () => {
    for (const uid of [0, 1001]) {
      const refused = { kind: 'wrong-owner', path, uid, agentUid: 1000 };
      expect(script(facts({ uid, mode: 0o755 }))).toEqual(refused);
      expect(judgeDirectory(path, facts({ kind: 'directory', uid, mode: 0o755 }), agent)).toEqual(refused);
    }
    expect(script(facts({ uid: 1000 }), { checker: { uid: 0, checksModes: true } })).toMatchObject({
      kind: 'wrong-owner',
    });
  });

  test('says that a directory, anything but a file, and what is gone is not a plugin', () => {
    for (const found of [facts({ kind: 'directory' }), facts({ kind: 'other' }), failed('ENOENT'), failed('ENOTDIR')]) {
      expect(script(found)).toBe('no-plugin');
    }
  });

  test('refuses a link to a missing file, or into a missing folder', () => {
    for (const code of ['ENOENT', 'ENOTDIR'])
      expect(script(failed(code), { isLink: true })).toEqual({ kind: 'dangling-link', path });
  });

  test('refuses what it may not look at, with the code', () => {
    expect(script(failed('EACCES'), { isLink: true })).toEqual({ kind: 'unreadable', path, code: 'EACCES' });
    expect(judgeDirectory(path, failed('EACCES'), agent)).toEqual({ kind: 'unreadable', path, code: 'EACCES' });
  });

  test('refuses a name that is not UTF-8, and does not overlook it', () => {
    const at = '/p/caf\uFFFD.sh';
    expect(script(failed('ENOENT'), { at })).toEqual({ kind: 'unreadable', path: at, code: 'ENOENT' });
  });

  test('refuses a directory that is missing, or is not one, as such', () => {
    expect(judgeDirectory(path, failed('ENOENT'), agent)).toEqual({ kind: 'missing', path });
    expect(judgeDirectory(path, facts(), agent)).toEqual({ kind: 'not-a-directory', path });
    expect(judgeDirectory(path, facts({ kind: 'other' }), agent)).toEqual({ kind: 'not-a-directory', path });
  });

  test('looks on Windows at neither owner nor mode, but at the kind', () => {
    const found = { uid: 5, mode: 0o777 };
    expect(script(facts(found), { checker: onWindows })).toBeNull();
    expect(script(facts({ ...found, kind: 'directory' }), { checker: onWindows })).toBe('no-plugin');
    expect(judgeDirectory(path, facts({ ...found, kind: 'directory' }), onWindows)).toBeNull();
    expect(judgeDirectory(path, facts(found), onWindows)).toMatchObject({ kind: 'not-a-directory' });
  });
});

describe('advice on a rejection', () => {
  const words: readonly (readonly [octal: string, string])[] = [
    ['0755', 'group and others can read and run it'],
    ['0777', 'group and others can read, write and run it'],
    ['0750', 'group can read and run it'],
    ['0702', 'others can write it'],
    ['0741', 'group can read it, others can run it'],
    ['0600', "its owner can't run it"],
    ['0500', "its owner can't write it"],
    ['0000', "its owner can't read, write or run it"],
    ['0644', "group and others can read it, its owner can't run it"],
    ['4700', 'the setuid bit is set'],
    ['2700', 'the setgid bit is set'],
    ['1700', 'the sticky bit is set'],
    ['6711', 'group and others can run it, the setuid and setgid bit is set'],
  ];
  test.each(words)('mode %s: %s', (octal, said) => {
    const mode = Number.parseInt(octal, 8);
    const commands = [`chmod ${mode & 0o6000 ? '00700' : '0700'} '/p/x.sh'`];
    const isExecutable = (mode & 0o100) !== 0;
    expect(adviceOnScript({ kind: 'wrong-mode', path: '/p/x.sh', mode })).toEqual({
      kind: isExecutable ? 'wrong-mode' : 'not-executable',
      sentence: `x.sh has mode ${octal}: ${said}`,
      commands,
    });
    expect(adviceOnDirectory({ kind: 'wrong-mode', path: '/p/x.sh', mode })).toEqual({
      kind: 'directory-suspended',
      sentence: `x.sh has mode ${octal}: ${said}`,
      commands,
    });
  });

  const path = '/p/x y';
  const ofScripts: readonly (readonly [PluginRejection, string, sentence: string, commands: readonly string[]])[] = [
    [
      { kind: 'wrong-mode', path, mode: 0o755 },
      'wrong-mode',
      'x y has mode 0755: group and others can read and run it',
      ["chmod 0700 '/p/x y'"],
    ],
    [
      { kind: 'wrong-owner', path, uid: 0, agentUid: 7 },
      'wrong-owner',
      'x y belongs to uid 0, but the agent runs as uid 7',
      ["chown 7 '/p/x y'"],
    ],
    [
      { kind: 'dangling-link', path },
      'unreadable',
      'x y is a symbolic link to a file that does not exist; correct the link, or remove it',
      ["rm '/p/x y'"],
    ],
    [
      { kind: 'unreadable', path, code: 'ELOOP' },
      'unreadable',
      'x y is a symbolic link that leads back to itself; correct the link, or remove it',
      ["rm '/p/x y'"],
    ],
    [
      { kind: 'unreadable', path, code: 'EACCES' },
      'unreadable',
      "x y can't be looked at (EACCES); the agent's user needs access to '/p/x y' and the folders above it",
      [],
    ],
    [
      { kind: 'unreadable', path: '/p/caf\uFFFD', code: 'ENOENT' },
      'unreadable',
      'the name of caf\uFFFD is not UTF-8; rename it',
      [],
    ],
  ];
  test.each(ofScripts)('on a script, %j', (rejection, kind, sentence, commands) => {
    expect(adviceOnScript(rejection)).toEqual({ kind, sentence, commands });
  });

  const ofDirectories: readonly (readonly [DirectoryRejection, sentence: string, commands: readonly string[]])[] = [
    [{ kind: 'missing', path }, "there is no directory '/p/x y'", ["mkdir -p -m 0700 '/p/x y'"]],
    [{ kind: 'not-a-directory', path }, "'/p/x y' is not a directory; name the directory that holds the scripts", []],
    [
      { kind: 'wrong-owner', path, uid: 0, agentUid: 7 },
      'x y belongs to uid 0, but the agent runs as uid 7',
      ["chown 7 '/p/x y'"],
    ],
    [
      { kind: 'unreadable', path, code: 'ELOOP' },
      'x y is a symbolic link that leads back to itself; correct the link, or remove it',
      ["rm '/p/x y'"],
    ],
  ];
  test.each(ofDirectories)('on a directory, %j', (rejection, sentence, commands) => {
    expect(adviceOnDirectory(rejection)).toEqual({ kind: 'directory-suspended', sentence, commands });
  });

  test('of an unknown kind is a mistake in the program, not a sentence', () => {
    const unknown = JSON.parse('{"kind":"new","path":"/p/x"}');
    expect(() => adviceOnScript(unknown)).toThrow('a case was forgotten');
    expect(() => adviceOnDirectory(unknown)).toThrow('a case was forgotten');
  });

  test('means this very path to a shell, whatever is in it, and all of it is on one line', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => !/[\0/]|\n$/.test(text));
    const tricky = fc.constantFrom(
      "it's",
      '$(id)',
      '`id`',
      '"',
      '\\',
      'a\nb',
      '\t',
      '-n',
      '%s',
      '* ?',
      '; ls',
      'ü\u0085',
      '!x',
    );
    const names = fc.sample(fc.oneof(name, tricky), 300).map((text) => `/dir of/${text}`);
    const advice = names.map((path) => adviceOnScript({ kind: 'wrong-mode', path, mode: 0o755 }));
    const commands = advice.flatMap((one) => one.commands);
    for (const text of [...commands, ...advice.map(({ sentence }) => sentence)]) expect(text).not.toMatch(/\p{Cc}/u);
    const script = ['chmod() { printf "%s\\0" "$2"; }', ...commands].join('\n');
    const understood = execFileSync('/bin/sh', { input: script, encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(understood).toEqual(names);
  });
});
