import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type FileFacts, systemFiles } from '../../src/io/disk/files.ts';
import type { Advice } from '../../src/model/advice.ts';
import type { DirectoryRejection, PluginRejection } from '../../src/model/plugin.ts';
import { whyNoPlugin } from '../../src/plugins/not-a-plugin.ts';
import { adviceOnDirectory, adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { exposures } from '../helpers/exposed.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { refused, wrongMode, wrongOwner } from '../helpers/refused.ts';

/** Names that a careless command would split, expand, take for a flag, or run. */
const awkwardNames = [
  'plain.sh',
  "it's.sh",
  '"quoted".sh',
  ' two  words ',
  '-n.sh',
  '--help',
  '$(date).sh',
  '`id`;rm -rf x',
  'a\nb.sh',
  '*?[a].sh',
  'back\\slash\\',
  '!x #y &z |',
  '~root',
  'tab\t\u001b[2J\u202e.sh',
  'Häuschen',
];

const elsewhere = { path: '/usr/share/x', isInside: false, isReadable: true };

/** Each kind of rejection; a kind that is missing here does not compile. */
const scripts: { readonly [Kind in PluginRejection['kind']]: (path: string) => readonly PluginRejection[] } = {
  'not-a-script': (path) => [
    { kind: 'not-a-script', ...refused(path, { mode: 0o644 }), hiddenPath: path.replace(/([^/]*)$/s, '.$1') },
  ],
  'wrong-owner': (path) => [wrongOwner(path), wrongOwner(path, { mode: 0o755 }), wrongOwner(path, { link: elsewhere })],
  'wrong-mode': (path) => [
    ...[0o755, 0o644, 0o6700, 0].map((mode) => wrongMode(path, mode)),
    wrongMode(path, 0o755, { link: elsewhere }),
  ],
  exposed: (path) => exposures(path).map((folder) => ({ kind: 'exposed', path, target: '/elsewhere', folder })),
  'dangling-link': (path) => [{ kind: 'dangling-link', path, target: '/no' }],
  unguarded: (path) => exposures(path, '').map((by) => ({ kind: 'unguarded', path, section: '[s]', by })),
  'not-executable': (path) =>
    [true, false].flatMap((isOwn) =>
      [true, false].map((isScript) => ({ kind: 'not-executable', path, file: path, isOwn, isScript }) as const),
    ),
  'no-program': (path) =>
    [null, '/elsewhere'].flatMap((target) =>
      [true, false].map((isMissing) => ({ kind: 'no-program', path, target, section: '[s]', isMissing }) as const),
    ),
  unreadable: (path) => ['ELOOP', 'EACCES', 'ENOENT'].map((code) => ({ kind: 'unreadable', path, code, target: null })),
};
const directories: { readonly [Kind in DirectoryRejection['kind']]: (path: string) => readonly DirectoryRejection[] } =
  {
    missing: (path) => [{ kind: 'missing', path }],
    'not-a-directory': (path) => [{ kind: 'not-a-directory', path }],
    'wrong-owner': (path) => [{ ...wrongOwner(path), target: null }],
    'wrong-mode': (path) => [0o755, 0o2755].map((mode) => ({ ...wrongMode(path, mode), target: null })),
    unreadable: (path) => ['ELOOP', 'EACCES'].map((code) => ({ kind: 'unreadable', path, code })),
    exposed: (path) => exposures(path).map((folder) => ({ kind: 'exposed', path, folder })),
    unguarded: (path) => exposures(path).map((by) => ({ kind: 'unguarded', path, section: '[s]', by })),
    'no-directory': (path) =>
      [true, false].map((isMissing) => ({ kind: 'no-directory', path, section: '[s]', isMissing })),
    'in-use': (path) => [{ kind: 'in-use', path, pid: 7 }],
    shared: (path) => [{ kind: 'shared', path, by: 'the script directory' }],
  };

/** The words of a command as a shell reads them. Nothing of it is run. */
function wordsOf(command: string): readonly string[] {
  const { stdout } = spawnSync('/bin/sh', ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
  });
  return stdout.split('\0').slice(0, -1);
}

/** Expects each command to be valid shell on one line, and to have `words` among its words. */
function expectTypeable(advice: readonly Advice[], ...words: readonly string[]): void {
  for (const command of advice.flatMap(({ commands }) => commands)) {
    const { status, stderr } = spawnSync('/bin/sh', ['-n', '-c', command], { encoding: 'utf8' });
    expect([command, status, stderr]).toEqual([command, 0, '']);
    expect(command).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(command).not.toMatch(/\b(SCRIPT|NAME|DIR|FILE|USER)\b/); // nothing is left to fill in
    expect(wordsOf(command)).toEqual(expect.arrayContaining([...words]));
  }
}

describe('every command of advice can be typed as it stands, and names the very path', () => {
  test.each(Object.entries(scripts))('on a script: %s', (_kind, made) => {
    for (const name of awkwardNames) {
      const path = `/dir of/${name}`;
      expectTypeable(made(path).map(adviceOnScript), path);
    }
  });

  test.each(Object.entries(directories))('on the directory: %s', (_kind, made) => {
    for (const name of awkwardNames) {
      const path = `/dir of/${name}`;
      expectTypeable(made(path).map(adviceOnDirectory), path);
    }
  });

  /** Advice on an entry with an ignored name, beside a script with the plain name or alone. */
  function adviceOnIgnored(dir: string, entry: string, isPlainThere: boolean): Advice | null {
    const file: FileFacts = {
      kind: 'file',
      mode: 0o700,
      uid: 0,
      sizeBytes: 1,
      names: 1,
      mtimeMs: 0,
      ctimeMs: 0,
      fingerprint: '',
      identity: '',
      inode: '',
    };
    const facts = (path: string) =>
      path === `${dir}/${entry}` || isPlainThere ? file : ({ kind: 'failed', code: 'ENOENT' } as const);
    return whyNoPlugin({ ...systemFiles, facts }, dir, entry, bareCommands.status);
  }

  test.each(awkwardNames)('on an entry whose name is never run: %j', (name) => {
    const dir = `/dir of/${name}`;
    const alone = adviceOnIgnored(dir, `${name}~`, false);
    const beside = adviceOnIgnored(dir, `${name}~`, true);
    expect([alone?.commands.length, beside?.commands.length]).toEqual([1, 1]);
    expectTypeable(alone ? [alone] : [], `${dir}/${name}~`, `${dir}/${name}`);
    expectTypeable(beside ? [beside] : [], name);
  });

  test('on an entry whose plain name can not be guessed there is none', () => {
    for (const entry of ['4913', '~', '.#'])
      expect(adviceOnIgnored('/scripts', entry, false)).toMatchObject({
        sentence: expect.stringMatching(/; give it a plain name$/),
        commands: [],
      });
  });
});
