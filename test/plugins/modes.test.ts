import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import type { Advice } from '../../src/model/advice.ts';
import { activePlugins } from '../../src/plugins/registry.ts';
import { adviceOnDirectory, adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { emptyScan, type Scan, scanDirectory } from '../../src/plugins/scan.ts';
import { userText } from '../../src/words/user-text.ts';
import { scriptsPath, self } from './live-directory.ts';

const isRoot = self.uid === 0;
const stranger = 65534;
const strangerText = userText(stranger, systemFiles.userName(stranger));
const modes = [
  ...Array.from({ length: 0o1000 }, (_, mode) => mode),
  0o1700,
  0o2700,
  0o4700,
  0o6700,
  0o7700,
  0o4755,
  0o2755,
  0o1777,
  0o7777,
];

const shebang = '#!/bin/sh\n';

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function scan(dir: string): Scan {
  return scanDirectory(systemFiles, dir, self, systemClock, emptyScan);
}

function accepted(dir: string): readonly string[] {
  return activePlugins(scan(dir)).map(({ file }) => file);
}

/** The advice on each rejected script, by its file name. */
function adviceIn(dir: string): ReadonlyMap<string, Advice> {
  const rejected = [...scan(dir).scripts].flatMap(([file, { rejection }]) =>
    rejection ? [[file, adviceOnScript(rejection)] as const] : [],
  );
  return new Map(rejected);
}

/** Runs the commands of advice, as a person does who copies them into a shell. */
function obey(advice: Iterable<Advice>): void {
  const commands = [...advice].flatMap((one) => one.commands);
  expect(commands).not.toEqual([]);
  execFileSync('/bin/sh', { input: commands.join('\n') });
}

describe('a script is accepted with mode 0700 and no other', () => {
  test('of all modes, and the advice on each of the others names it in octal and corrects it', () => {
    const dir = scriptsPath();
    for (const mode of modes) {
      writeFileSync(join(dir, octal(mode)), shebang);
      chmodSync(join(dir, octal(mode)), mode);
    }
    expect(accepted(dir)).toEqual(['0700']);
    const advice = adviceIn(dir);
    expect([...advice.keys()]).toEqual(
      modes
        .map(octal)
        .filter((name) => name !== '0700')
        .sort(),
    );
    for (const [name, { sentence, commands }] of advice) {
      expect(sentence).toMatch(new RegExp(`^${name} has mode ${name}: [a-z', -]+$`));
      expect(commands.map((command) => command.replace('00700', '0700'))).toEqual([`chmod 0700 '${join(dir, name)}'`]);
    }
    obey(advice.values());
    expect(accepted(dir)).toEqual(modes.map(octal).sort());
  });

  test('the command corrects it whatever the name contains', () => {
    const dir = scriptsPath();
    const names = [
      "it's.sh",
      'a b.sh',
      '"q".sh',
      '$HOME.sh',
      '`id`.sh',
      'a;b.sh',
      '-n',
      'back\\slash',
      '*',
      'a\nb.sh',
      'tab\t.sh',
      'ü.sh',
    ];
    for (const name of names) writeFileSync(join(dir, name), shebang, { mode: 0o644 });
    const advice = adviceIn(dir);
    expect([...advice.keys()].sort()).toEqual([...names].sort());
    for (const { sentence, commands } of advice.values())
      for (const text of [sentence, ...commands]) expect(text.split('\n')).toHaveLength(1);
    obey(advice.values());
    expect([...accepted(dir)].sort()).toEqual([...names].sort());
  });

  test('a link to a script with mode 0755 is rejected under its own name; the command puts a copy in its place', () => {
    const dir = scriptsPath();
    const target = join(scriptsPath(), 'elsewhere.rb');
    writeFileSync(target, shebang);
    chmodSync(target, 0o755);
    symlinkSync(target, join(dir, 'link.sh'));
    const { ino, mode, mtimeMs, ctimeMs } = statSync(target);
    expect(adviceIn(dir).get('link.sh')?.sentence).toContain(
      `is a symbolic link to '${target}', which has mode 0755: `,
    );
    obey(adviceIn(dir).values());
    expect(accepted(dir)).toEqual(['link.sh']);
    expect(lstatSync(join(dir, 'link.sh')).isFile()).toBe(true);
    expect(readFileSync(join(dir, 'link.sh'), 'utf8')).toBe(shebang);
    expect(statSync(target)).toMatchObject({ ino, mode, mtimeMs, ctimeMs }); // neither written to nor chmodded
  });

  test('a wrapper of the two lines that the advice names is accepted, and its target is not touched', () => {
    const dir = scriptsPath();
    const target = join(scriptsPath(), "it's.sh");
    writeFileSync(target, '#!/bin/sh\necho "args $*"\n');
    chmodSync(target, 0o755);
    symlinkSync(target, join(dir, 'link.sh'));
    const { sentence = '' } = adviceIn(dir).get('link.sh') ?? {};
    const [, first = '', second = ''] = /a script of two lines, (.*) and (exec .*)$/.exec(sentence) ?? [];
    unlinkSync(join(dir, 'link.sh'));
    writeFileSync(join(dir, 'link.sh'), `${first}\n${second}\n`, { mode: 0o700 });
    expect(accepted(dir)).toEqual(['link.sh']);
    expect(execFileSync(join(dir, 'link.sh'), ['1', '2'], { encoding: 'utf8' })).toBe('args 1 2\n');
  });

  test('a link to a script of the same directory is corrected there, by its own name', () => {
    const dir = scriptsPath();
    writeFileSync(join(dir, '.real'), shebang, { mode: 0o600 });
    symlinkSync('.real', join(dir, 'link.sh'));
    expect(adviceIn(dir).get('link.sh')?.commands).toEqual([`chmod 0700 '${join(dir, '.real')}'`]);
    obey(adviceIn(dir).values());
    expect(accepted(dir)).toEqual(['link.sh']);
    expect(lstatSync(join(dir, 'link.sh')).isSymbolicLink()).toBe(true);
  });

  test('a file that is evidently not a script gets out of the way by the first command, and runs after the second', () => {
    const dir = scriptsPath();
    for (const name of ['README.md', 'lib.py']) writeFileSync(join(dir, name), 'text\n', { mode: 0o644 });
    writeFileSync(join(dir, '.README.md'), 'mine\n');
    const advice = adviceIn(dir);
    const [away = ''] = advice.get('README.md')?.commands ?? [];
    const [, stay = ''] = advice.get('lib.py')?.commands ?? [];
    expect([away.slice(0, 3), stay.slice(0, 6)]).toEqual(['mv ', 'chmod ']);
    execFileSync('/bin/sh', { input: [away, stay].join('\n') });
    expect([accepted(dir), [...adviceIn(dir).keys()]]).toEqual([['lib.py'], []]);
    expect(readdirSync(dir)).toEqual(['.README.md', '.README.md.2', 'lib.py']);
    expect(readFileSync(join(dir, '.README.md'), 'utf8')).toBe('mine\n'); // nothing was overwritten
  });

  test.runIf(isRoot)(
    "another user's script is rejected, and the command corrects it (needs root, to give files away)",
    () => {
      const dir = scriptsPath();
      for (const name of ['theirs', "it's theirs"]) {
        writeFileSync(join(dir, name), '', { mode: 0o700 });
        chownSync(join(dir, name), stranger, stranger);
      }
      expect(accepted(dir)).toEqual([]);
      expect(adviceIn(dir).get('theirs')).toEqual({
        kind: 'wrong-owner',
        sentence: `theirs belongs to ${strangerText}, but the agent runs as root (uid 0)`,
        commands: [`chown 0 '${join(dir, 'theirs')}'`],
      });
      obey(adviceIn(dir).values());
      expect(accepted(dir)).toEqual(["it's theirs", 'theirs']);
    },
  );

  test.runIf(isRoot)(
    "the agent user's link to another user's script is rejected, and another user's link to its script is not (root)",
    () => {
      const dir = scriptsPath();
      const elsewhere = scriptsPath();
      for (const [name, owner] of [
        ['ours', 0],
        ['theirs', stranger],
      ] as const) {
        writeFileSync(join(elsewhere, name), '', { mode: 0o700 });
        chownSync(join(elsewhere, name), owner, owner);
        symlinkSync(join(elsewhere, name), join(dir, name));
      }
      execFileSync('chown', ['-h', String(stranger), join(dir, 'ours')]);
      expect(lstatSync(join(dir, 'ours')).uid).toBe(stranger);
      expect(accepted(dir)).toEqual(['ours']);
      expect([...adviceIn(dir).keys()]).toEqual(['theirs']);
    },
  );
});

describe('the directory is accepted with mode 0700 and no other', () => {
  test('of all modes; a scan of any other finds no script, and names the mode in octal', () => {
    const dir = scriptsPath();
    writeFileSync(join(dir, 'a.sh'), '', { mode: 0o700 });
    for (const mode of modes) {
      chmodSync(dir, mode);
      const { rejection, scripts } = scan(dir);
      if (mode === 0o700) {
        expect(rejection).toBeNull();
        expect([...scripts.keys()]).toEqual(['a.sh']);
      } else {
        expect(rejection).toMatchObject({ kind: 'wrong-mode', path: dir, mode, target: null });
        expect(rejection && adviceOnDirectory(rejection).sentence).toContain(`scripts has mode ${octal(mode)}: `);
        expect(scripts.size).toBe(0);
      }
    }
  });

  test.each(['0000', '0755', '0600', '1700', '2700', '4700', '7777'])(
    'mode %s is corrected by the command of the advice',
    (mode) => {
      const dir = scriptsPath();
      chmodSync(dir, mode);
      const { rejection } = scan(dir);
      if (!rejection) throw new Error(`mode ${mode} was accepted`);
      obey([adviceOnDirectory(rejection)]);
      expect(statSync(dir).mode & 0o7777).toBe(0o700);
      expect(scan(dir).rejection).toBeNull();
    },
  );

  test('a missing one is made by the command of the advice, with the folders above it', () => {
    const dir = join(scriptsPath(), "it's", 'far down');
    const { rejection } = scan(dir);
    expect(rejection).toEqual({ kind: 'missing', path: dir });
    if (rejection) obey([adviceOnDirectory(rejection)]);
    expect(scan(dir).rejection).toBeNull();
  });

  test('a file in its place is not a directory, and a link to a directory counts by its target', () => {
    const [dir, target] = [scriptsPath(), scriptsPath()];
    writeFileSync(join(dir, 'file'), '', { mode: 0o700 });
    expect(scan(join(dir, 'file')).rejection).toEqual({ kind: 'not-a-directory', path: join(dir, 'file') });
    symlinkSync(target, join(dir, 'link'));
    writeFileSync(join(target, 'a.sh'), '', { mode: 0o700 });
    expect(accepted(join(dir, 'link'))).toEqual(['a.sh']);
    chmodSync(target, 0o750);
    const { rejection } = scan(join(dir, 'link'));
    expect(rejection).toMatchObject({ kind: 'wrong-mode', path: join(dir, 'link'), mode: 0o750, target });
    expect(rejection && adviceOnDirectory(rejection).commands).toEqual([]); // others may use it by its own name
  });

  test.runIf(isRoot)(
    "another user's directory is rejected, and the command corrects it (needs root, to give it away)",
    () => {
      const dir = scriptsPath();
      chownSync(dir, stranger, stranger);
      const { rejection } = scan(dir);
      expect(rejection).toMatchObject({ kind: 'wrong-owner', path: dir, uid: stranger, agentUid: 0 });
      if (rejection) obey([adviceOnDirectory(rejection)]);
      expect(scan(dir).rejection).toBeNull();
    },
  );

  test.runIf(!isRoot)('one below a folder that may not be entered is unreadable (root enters every folder)', () => {
    const above = scriptsPath();
    mkdirSync(join(above, 'scripts'), { mode: 0o700 });
    chmodSync(above, 0o600);
    expect(scan(join(above, 'scripts')).rejection).toEqual({
      kind: 'unreadable',
      path: join(above, 'scripts'),
      code: 'EACCES',
    });
    expect(readdirSync(above)).toEqual(['scripts']);
  });
});
