import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileFacts, FileFailure } from '../../src/io/disk/files.ts';
import type { DirectoryRejection, PluginRejection } from '../../src/model/plugin.ts';
import { explainRejection, isIgnoredName, judgeDirectory, judgeScript } from '../../src/plugins/permissions.ts';

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

describe('what is found decides', () => {
  const path = '/p/x.sh';
  const script = (found: FileFacts | FileFailure, { isLink = false, checker = agent, at = path } = {}) =>
    judgeScript(at, found, isLink, checker);

  test('a file of our own with mode 0700 is accepted, as script; a directory as directory', () => {
    expect(script(facts())).toBeNull();
    expect(judgeDirectory(path, facts({ kind: 'directory' }), agent)).toBeNull();
  });

  test('another owner is refused, root too, and before the mode is looked at', () => {
    for (const uid of [0, 1001]) {
      const refused = { kind: 'wrong-owner', path, uid, agentUid: 1000 };
      expect(script(facts({ uid, mode: 0o755 }))).toEqual(refused);
      expect(judgeDirectory(path, facts({ kind: 'directory', uid, mode: 0o755 }), agent)).toEqual(refused);
    }
    expect(script(facts({ uid: 1000 }), { checker: { uid: 0, checksModes: true } })).toMatchObject({
      kind: 'wrong-owner',
    });
  });

  test('what is neither file nor directory, and what is gone, is no plugin', () => {
    for (const found of [facts({ kind: 'directory' }), facts({ kind: 'other' }), failed('ENOENT'), failed('ENOTDIR')]) {
      expect(script(found)).toBe('no-plugin');
    }
  });

  test('a link to nothing is refused, be it that the file or that a folder above it is missing', () => {
    for (const code of ['ENOENT', 'ENOTDIR'])
      expect(script(failed(code), { isLink: true })).toEqual({ kind: 'dangling-link', path });
  });

  test('what may not be looked at is refused with the code', () => {
    expect(script(failed('EACCES'), { isLink: true })).toEqual({ kind: 'unreadable', path, code: 'EACCES' });
    expect(judgeDirectory(path, failed('EACCES'), agent)).toEqual({ kind: 'unreadable', path, code: 'EACCES' });
  });

  test('a name that is not UTF-8 is refused, not overlooked', () => {
    const at = '/p/caf\uFFFD.sh';
    expect(script(failed('ENOENT'), { at })).toEqual({ kind: 'unreadable', path: at, code: 'ENOENT' });
  });

  test('a directory that is missing, or none, is refused as such', () => {
    expect(judgeDirectory(path, failed('ENOENT'), agent)).toEqual({ kind: 'missing', path });
    expect(judgeDirectory(path, facts(), agent)).toEqual({ kind: 'not-a-directory', path });
    expect(judgeDirectory(path, facts({ kind: 'other' }), agent)).toEqual({ kind: 'not-a-directory', path });
  });

  test('on Windows neither owner nor mode counts, but the kind does', () => {
    const found = { uid: 5, mode: 0o777 };
    expect(script(facts(found), { checker: onWindows })).toBeNull();
    expect(script(facts({ ...found, kind: 'directory' }), { checker: onWindows })).toBe('no-plugin');
    expect(judgeDirectory(path, facts({ ...found, kind: 'directory' }), onWindows)).toBeNull();
    expect(judgeDirectory(path, facts(found), onWindows)).toMatchObject({ kind: 'not-a-directory' });
  });
});

describe('a rejection in words', () => {
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
    const text = explainRejection({ kind: 'wrong-mode', path: '/p/x.sh', mode: Number.parseInt(octal, 8) });
    expect(text.startsWith(`x.sh has mode ${octal}: ${said}; chmod `)).toBe(true);
  });

  const path = '/p/x y';
  const rows: readonly (readonly [PluginRejection | DirectoryRejection, string])[] = [
    [
      { kind: 'wrong-mode', path, mode: 0o755 },
      "x y has mode 0755: group and others can read and run it; chmod 0700 '/p/x y'",
    ],
    [
      { kind: 'wrong-owner', path, uid: 0, agentUid: 7 },
      "x y belongs to uid 0, but the agent runs as uid 7; chown 7 '/p/x y'",
    ],
    [
      { kind: 'dangling-link', path },
      "x y is a symbolic link to a file that does not exist; mend the link, or rm '/p/x y'",
    ],
    [
      { kind: 'unreadable', path, code: 'ELOOP' },
      "x y is a symbolic link that leads back to itself; mend the link, or rm '/p/x y'",
    ],
    [
      { kind: 'unreadable', path, code: 'EACCES' },
      "x y can't be looked at (EACCES); the agent's user needs access to '/p/x y' and the folders above it",
    ],
    [{ kind: 'unreadable', path: '/p/caf\uFFFD', code: 'ENOENT' }, 'the name of caf\uFFFD is not UTF-8; rename it'],
    [{ kind: 'missing', path }, "there is no directory '/p/x y'; mkdir -p -m 0700 '/p/x y'"],
    [{ kind: 'not-a-directory', path }, "'/p/x y' is not a directory; name the directory that holds the scripts"],
  ];
  test.each(rows)('%j is told as: %s', (rejection, text) => {
    expect(explainRejection(rejection)).toBe(text);
  });

  test('one of an unknown kind is a mistake in the program, not a sentence', () => {
    expect(() => explainRejection(JSON.parse('{"kind":"new","path":"/p/x"}'))).toThrow('a case was forgotten');
  });

  test('the command means this very path to a shell, whatever is in it, and all is on one line', () => {
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
    const said = names.map((path) => explainRejection({ kind: 'wrong-mode', path, mode: 0o755 }));
    for (const text of said) expect(text).not.toMatch(/\p{Cc}/u);
    const commands = said.map((text) => text.slice(text.lastIndexOf('; chmod 0700 ') + 2));
    const script = ['chmod() { printf "%s\\0" "$2"; }', ...commands].join('\n');
    const understood = execFileSync('/bin/sh', { input: script, encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(understood).toEqual(names);
  });
});
