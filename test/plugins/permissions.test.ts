import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileFailure } from '../../src/io/disk/file-failure.ts';
import type { FileFacts } from '../../src/io/disk/files.ts';
import type { DirectoryRejection, PluginRejection } from '../../src/model/plugin.ts';
import {
  checkerOf,
  isIgnoredName,
  judgeDirectory,
  judgeScript,
  liveChecker,
  type RefusalFiles,
} from '../../src/plugins/permissions.ts';
import { adviceOnDirectory, adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { refused, wrongMode, wrongOwner } from '../helpers/refused.ts';

const agent = { uid: 1000, checksModes: true, isStrict: false };
/** Files that are no links and have a `#!` line, on a system where two users have names. */
function known(change: Partial<RefusalFiles> = {}): RefusalFiles {
  return {
    facts: () => failed('ENOENT'),
    head: () => '#!/bin/sh\n',
    linkTarget: () => null,
    realpath: (path) => path,
    userName: (uid) => ({ 1000: 'agent', 1001: 'other' })[uid] ?? null,
    ...change,
  };
}

const onWindows = { uid: 0, checksModes: false, isStrict: false };

function facts(change: Partial<FileFacts> = {}): FileFacts {
  return {
    kind: 'file',
    mode: 0o700,
    uid: 1000,
    sizeBytes: 1,
    names: 1,
    mtimeMs: 0,
    ctimeMs: 0,
    fingerprint: '',
    identity: '',
    inode: '',
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
  const script = (
    found: FileFacts | FileFailure,
    { files = known(), checker = agent, at = path }: { files?: RefusalFiles; checker?: typeof agent; at?: string } = {},
  ) => judgeScript(at, found, files, checker);
  const linkTo = (target: string, change: Partial<RefusalFiles> = {}) => ({
    files: known({ linkTarget: (at) => (at === path ? target : null), ...change }),
  });

  test('accepts a file of the agent’s user with mode 0700 as a script, and such a directory', () => {
    expect(script(facts())).toBeNull();
    expect(judgeDirectory(path, facts({ kind: 'directory' }), known(), agent)).toBeNull();
  });

  test('is as strict as the configuration says at that moment', () => {
    let isStrict = false;
    const checker = liveChecker(null, 'linux', () => isStrict);
    expect([checker.uid, checker.checksModes, checker.isStrict]).toEqual([0, true, false]);
    isStrict = true;
    expect(checker.isStrict).toBe(true);
    expect(checkerOf(7, 'win32', true)).toEqual({ uid: 7, checksModes: false, isStrict: true });
  });

  test('refuses another owner, root too, before it looks at the mode', () => {
    for (const [uid, user] of [
      [0, null],
      [1001, 'other'],
    ] as const) {
      const { link, ...others } = wrongOwner(path, { uid, user, mode: 0o755 });
      expect(script(facts({ uid, mode: 0o755 }))).toEqual({ link, ...others });
      const directory = judgeDirectory(path, facts({ kind: 'directory', uid, mode: 0o755 }), known(), agent);
      expect(directory).toEqual({ ...others, target: null });
    }
    expect(script(facts({ uid: 1000 }), { checker: { uid: 0, checksModes: true, isStrict: false } })).toMatchObject({
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
      expect(script(failed(code), linkTo('/no'))).toEqual({ kind: 'dangling-link', path, target: '/no' });
  });

  test('refuses what it may not look at, with the code', () => {
    expect(script(failed('EACCES'), linkTo('/t'))).toEqual({ kind: 'unreadable', path, code: 'EACCES', target: '/t' });
    expect(judgeDirectory(path, failed('EACCES'), known(), agent)).toEqual({
      kind: 'unreadable',
      path,
      code: 'EACCES',
    });
  });

  test('refuses a name that is not UTF-8, and does not overlook it', () => {
    const at = '/p/caf\uFFFD.sh';
    expect(script(failed('ENOENT'), { at })).toEqual({ kind: 'unreadable', path: at, code: 'ENOENT', target: null });
  });

  test('refuses a file without an execute bit and a #! line as one that is not a script, whoever owns it', () => {
    const text = known({ head: () => '# Notes\n' });
    const found = facts({ mode: 0o644 });
    const hiddenPath = '/p/.x.sh';
    expect(script(found, { files: text })).toEqual({
      kind: 'not-a-script',
      ...refused(path, { mode: 0o644 }),
      hiddenPath,
    });
    expect(script({ ...found, uid: 1001 }, { files: text })).toMatchObject({ kind: 'not-a-script' });
    expect(script(facts({ mode: 0o654 }), { files: text })).toMatchObject({ kind: 'wrong-mode' }); // an execute bit
    for (const head of ['#!/bin/sh', '\u00ef\u00bb\u00bf#!/bin/sh', '\u007fELF', null])
      expect(script(found, { files: known({ head: () => head }) })).toMatchObject({ kind: 'wrong-mode' });
  });

  test('finds a free name with a leading dot, past files and links that lead nowhere', () => {
    const files = known({
      head: () => '',
      facts: (at) => (at === '/p/.x.sh' ? facts() : failed('ENOENT')),
      linkTarget: (at) => (at === '/p/.x.sh.2' ? '/no' : null),
    });
    expect(script(facts({ mode: 0o644 }), { files })).toMatchObject({ hiddenPath: '/p/.x.sh.3' });
  });

  test('names the target of a link, whether it is in the same directory, and whether it can be read', () => {
    const judged = (target: string, change: Partial<RefusalFiles> = {}) =>
      script(facts({ mode: 0o755 }), linkTo(target, { realpath: () => '/real', ...change }));
    expect(judged('/usr/x')).toEqual(
      wrongMode(path, 0o755, { link: { path: '/usr/x', isInside: false, isReadable: true } }),
    );
    expect(judged('/real/.lib/x')).toMatchObject({ link: { isInside: true } });
    expect(judged('/really/x', { head: () => null })).toMatchObject({ link: { isInside: false, isReadable: false } });
  });

  test('refuses a directory that is missing, or is not one, as such', () => {
    expect(judgeDirectory(path, failed('ENOENT'), known(), agent)).toEqual({ kind: 'missing', path });
    expect(judgeDirectory(path, facts(), known(), agent)).toEqual({ kind: 'not-a-directory', path });
    expect(judgeDirectory(path, facts({ kind: 'other' }), known(), agent)).toEqual({ kind: 'not-a-directory', path });
  });

  test('looks on Windows at neither owner nor mode, but at the kind', () => {
    const found = { uid: 5, mode: 0o777 };
    expect(script(facts(found), { checker: onWindows })).toBeNull();
    expect(script(facts({ ...found, kind: 'directory' }), { checker: onWindows })).toBe('no-plugin');
    expect(judgeDirectory(path, facts({ ...found, kind: 'directory' }), known(), onWindows)).toBeNull();
    expect(judgeDirectory(path, facts(found), known(), onWindows)).toMatchObject({ kind: 'not-a-directory' });
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
    ['4700', 'the set-user-id bit is set'],
    ['2700', 'the set-group-id bit is set'],
    ['1700', 'the sticky bit is set'],
    ['6711', 'group and others can run it, the set-user-id and set-group-id bit is set'],
  ];
  test.each(words)('mode %s: %s', (octal, said) => {
    const mode = Number.parseInt(octal, 8);
    const commands = [`chmod ${mode & 0o6000 ? '00700' : '0700'} '/p/x.sh'`];
    const isExecutable = (mode & 0o100) !== 0;
    expect(adviceOnScript(wrongMode('/p/x.sh', mode))).toEqual({
      kind: isExecutable ? 'wrong-mode' : 'not-executable',
      sentence: `x.sh has mode ${octal}: ${said}`,
      commands,
    });
    expect(adviceOnDirectory({ ...wrongMode('/p/x.sh', mode), target: null })).toEqual({
      kind: 'directory-suspended',
      sentence: `x.sh has mode ${octal}: ${said}`,
      commands,
    });
  });

  const path = '/p/x y';
  const link = { path: '/usr/share/x', isInside: false, isReadable: true };
  const toUsr = "x y is a symbolic link to '/usr/share/x', which";
  const copy = "install -m 0700 '/usr/share/x' '/p/x y'";
  const leaveIt = 'leave that file as it is, and put a copy in the place of the link';
  const wrapper = 'a script of two lines, #!/bin/sh and exec \'/usr/share/x\' "$@"';
  const closed =
    "leave that file as it is; the agent's user may not read it, so if it may have it, put a copy that belongs to that user in the place of the link";
  const ofScripts: readonly (readonly [PluginRejection, string, sentence: string, commands: readonly string[]])[] = [
    [
      wrongMode(path, 0o755),
      'wrong-mode',
      'x y has mode 0755: group and others can read and run it',
      ["chmod 0700 '/p/x y'"],
    ],
    [
      wrongOwner(path),
      'wrong-owner',
      'x y belongs to other (uid 1001), but the agent runs as agent (uid 1000)',
      ["sudo chown 1000 '/p/x y'"],
    ],
    [
      wrongOwner(path, { user: null, agentUid: 0, agentUser: 'root', mode: 0o755 }),
      'wrong-owner',
      'x y belongs to uid 1001, but the agent runs as root (uid 0)',
      ["chown 0 '/p/x y'", "chmod 0700 '/p/x y'"],
    ],
    [
      wrongMode(path, 0o755, { link }),
      'wrong-mode',
      `${toUsr} has mode 0755: group and others can read and run it; ${leaveIt}, or ${wrapper}`,
      [copy],
    ],
    [
      wrongMode(path, 0o600, { link }),
      'not-executable',
      `${toUsr} has mode 0600: its owner can't run it; ${leaveIt}`,
      [copy],
    ],
    [
      wrongMode(path, 0o755, { link: { path: '/p/.x', isInside: true, isReadable: true } }),
      'wrong-mode',
      "x y is a symbolic link to '/p/.x', which has mode 0755: group and others can read and run it",
      ["chmod 0700 '/p/.x'"],
    ],
    [
      wrongOwner(path, { link, uid: 0, user: 'root', mode: 0o755 }),
      'wrong-owner',
      `${toUsr} belongs to root (uid 0), but the agent runs as agent (uid 1000); ${leaveIt}, or ${wrapper}`,
      [copy],
    ],
    [
      wrongOwner(path, { link: { ...link, isReadable: false }, uid: 0, user: 'root' }),
      'wrong-owner',
      `${toUsr} belongs to root (uid 0), but the agent runs as agent (uid 1000); ${closed}`,
      [],
    ],
    [
      { kind: 'not-a-script', ...refused(path, { mode: 0o644 }), hiddenPath: '/p/.x y' },
      'not-a-script',
      'x y is not executable and has no #! line: not a script? Move it elsewhere, or give it a leading dot, as the first command does. A script? Then make it one, as the rest does, and write a #! line',
      ["mv -n '/p/x y' '/p/.x y'", "chmod 0700 '/p/x y'"],
    ],
    [
      { kind: 'not-a-script', ...refused(path, { mode: 0o644, uid: 0, link }), hiddenPath: '/p/.x y' },
      'not-a-script',
      `${toUsr} is not executable and has no #! line: not a script? Move it elsewhere, or give it a leading dot, as the first command does. A script? Then put a copy with mode 0700 and a #! line in the place of the link`,
      ["mv -n '/p/x y' '/p/.x y'"],
    ],
    [
      { kind: 'dangling-link', path, target: '/no/such' },
      'unreadable',
      "x y is a symbolic link to '/no/such', which does not exist; correct the link, or remove it",
      ["rm '/p/x y'"],
    ],
    [
      { kind: 'unreadable', path, code: 'ELOOP', target: null },
      'unreadable',
      'x y is a symbolic link that leads back to itself; correct the link, or remove it',
      ["rm '/p/x y'"],
    ],
    [
      { kind: 'unreadable', path, code: 'EACCES', target: null },
      'unreadable',
      "x y can't be looked at (EACCES); the agent's user needs access to '/p/x y' and the folders above it",
      [],
    ],
    [
      { kind: 'unreadable', path, code: 'EACCES', target: '/usr/share/x' },
      'unreadable',
      `${toUsr} can't be looked at (EACCES); ${closed}`,
      [],
    ],
    [
      { kind: 'unreadable', path: '/p/caf\uFFFD', code: 'ENOENT', target: null },
      'unreadable',
      'the name of caf\uFFFD is not UTF-8; rename it',
      [],
    ],
  ];
  test.each(ofScripts)('on a script, %j', (rejection, kind, sentence, commands) => {
    expect(adviceOnScript(rejection)).toEqual({ kind, sentence, commands });
  });

  const ofDirectories: readonly (readonly [DirectoryRejection, sentence: string, commands: readonly string[]])[] = [
    [
      { kind: 'missing', path },
      "there is no directory '/p/x y'; make it, and put the scripts into it",
      ["mkdir -p -m 0700 '/p/x y'"],
    ],
    [{ kind: 'not-a-directory', path }, "'/p/x y' is not a directory; name the directory that holds the scripts", []],
    [
      { ...wrongOwner(path, { mode: 0o755 }), target: null },
      'x y belongs to other (uid 1001), but the agent runs as agent (uid 1000)',
      ["sudo chown 1000 '/p/x y'", "chmod 0700 '/p/x y'"],
    ],
    [
      { ...wrongOwner(path, { agentUid: 0, agentUser: 'root' }), target: null },
      'x y belongs to other (uid 1001), but the agent runs as root (uid 0); if an agent runs as other, leave it, and add -u other here; otherwise give it to this one',
      ["chown 0 '/p/x y'"],
    ],
    [
      { ...wrongOwner(path, { agentUid: 0, agentUser: 'root', user: null }), target: null },
      'x y belongs to uid 1001, but the agent runs as root (uid 0); if an agent runs as 1001, leave it, and add -u 1001 here; otherwise give it to this one',
      ["chown 0 '/p/x y'"],
    ],
    [
      { ...wrongMode(path, 0o755), target: '/usr/lib/x' },
      "x y is a symbolic link to '/usr/lib/x', which has mode 0755: group and others can read and run it; leave that directory to others, and name one of the agent's own; the directory must belong to the agent's user, with mode 0700",
      [],
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
    const advice = names.map((path) => adviceOnScript(wrongMode(path, 0o755)));
    const commands = advice.flatMap((one) => one.commands);
    for (const text of [...commands, ...advice.map(({ sentence }) => sentence)]) expect(text).not.toMatch(/\p{Cc}/u);
    const script = ['chmod() { printf "%s\\0" "$2"; }', ...commands].join('\n');
    const understood = execFileSync('/bin/sh', { input: script, encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(understood).toEqual(names);
  });
});
