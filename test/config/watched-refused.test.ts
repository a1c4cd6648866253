import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemConfigFiles } from '../../src/io/disk/config-files.ts';
import { asNobody } from '../helpers/as-nobody.ts';
import { changed, makeFolder, watchConfig } from './watch-set-up.ts';

let dir = '';
let file = '';
let write: ReturnType<typeof makeFolder>['write'] = () => {};

beforeEach(() => {
  ({ dir, file, write } = makeFolder());
});

describe('a change that is half done', () => {
  test('an editor that empties a file and then writes it is waited for', () => {
    write('[agent]\nhostname = a');
    const { clock, told, soon } = watchConfig(dir, 'x.ini');
    clock.advance(790);
    for (const text of ['', '[agent]\nhos', '[agent]\nhostname = b\n[lo', '[agent]\nhostname = b']) {
      writeFileSync(file, text);
      clock.advance(99);
      expect(told()).toEqual([]);
    }
    expect(soon()).toEqual([changed('[agent] hostname')]);
  });

  test('a file that is moved away for a moment is not missing', () => {
    write('[agent]\nhostname = a');
    const { clock, told } = watchConfig(dir, 'x.ini');
    renameSync(file, `${file}~`);
    clock.advance(850);
    write('[agent]\nhostname = a');
    clock.advance(1000);
    expect(told()).toEqual([]);
  });

  test('what is written while it is read is read once more, and only then applied', () => {
    write('[agent]\nhostname = a');
    let next: readonly string[] = [];
    const { soon, clock, told } = watchConfig(dir, 'x.ini', {
      configFiles: {
        ...systemConfigFiles,
        read(path) {
          const content = systemConfigFiles.read(path);
          const [text, ...rest] = next;
          next = rest;
          if (text !== undefined) write(text);
          return content;
        },
      },
    });
    write('[agent]\nhostname = b');
    next = ['[agent]\nhostname = c', '[agent]\nhostname = a\n[log]\nlevel = warn'];
    expect(soon()).toEqual([]);
    clock.advance(200);
    expect(told()).toEqual([changed('[log] level')]);
  });
});

describe('a bad file', () => {
  test('is refused as a whole and reported once, and the last good configuration stays', () => {
    write('[agent]\nhostname = a');
    const { soon, running } = watchConfig(dir, 'x.ini');
    write('[agent]\nhostname = b\nreport_intervall = 30\n[log]\nlevel = loud');
    expect(soon()).toEqual([
      {
        refused: [
          `${file}:3: report_intervall: there is no such key in [agent]; did you mean report_interval?`,
          `${file}:5: level: "loud" is not a level; expected one of fatal, error, warn, info, debug, trace`,
        ],
      },
    ]);
    expect(running().hostname).toBe('a');
    for (let time = 0; time < 3; time += 1) expect(soon()).toEqual([]);
  });

  test('is reported again if it has other problems, and not if a change leaves its problems as they are', () => {
    const { soon } = watchConfig(dir, 'x.ini');
    const refused = (key: string) => ({
      refused: [`${file}:1: ${key}: stands before the first section; expected a line such as \`[agent]\` above it`],
    });
    write('a = 1');
    expect(soon()).toEqual([refused('a')]);
    write('a = 1\n; note');
    expect(soon()).toEqual([]);
    write('b = 1');
    expect(soon()).toEqual([refused('b')]);
    write('a = 1');
    expect(soon()).toEqual([refused('a')]);
  });

  test('is reported when it is repaired, even where nothing differs, and again when it breaks again', () => {
    write('[agent]\nhostname = a');
    const { soon } = watchConfig(dir, 'x.ini');
    for (let time = 0; time < 2; time += 1) {
      write('[agent');
      expect(soon()).toMatchObject([{ refused: [expect.stringContaining(`${file}:1: this is not a section`)] }]);
      write('[agent]\nhostname = a');
      expect(soon()).toEqual([changed()]);
    }
  });

  test('is also one whose report interval does not divide the interval of a plugin', () => {
    write('[plugin:a]\ninterval = 60s');
    const { soon } = watchConfig(dir, 'x.ini');
    write('[agent]\nreport_interval = 25s\n[plugin:a]\ninterval = 60s');
    expect(soon()).toEqual([
      {
        refused: [
          `${file}:4: interval: 1m is not a multiple of report_interval, which is 25s by ${file}:2; expected a multiple, such as 50s`,
        ],
      },
    ]);
  });

  test('is also a pipe; the agent does not wait for its writer', () => {
    write('[agent]\nhostname = a');
    const { soon } = watchConfig(dir, 'x.ini');
    rmSync(file);
    execFileSync('mkfifo', [file]);
    expect(soon()).toEqual([
      { refused: [`${file}: can't be read: not a regular file; expected a file that this user may read`] },
    ]);
  });

  test('is also a link in the folder that leads nowhere', () => {
    mkdirSync(join(dir, 'x.d'));
    const { soon } = watchConfig(dir, 'x.ini');
    const [link, target] = [join(dir, 'x.d/a.ini'), join(dir, 'a.ini')];
    symlinkSync(target, link);
    expect(soon()).toEqual([
      { refused: [`${link}: can't be read: no such file or directory; expected a file that this user may read`] },
    ]);
    write('[agent]\nhostname = a', target);
    expect(soon()).toEqual([changed('[agent] hostname')]);
  });

  test('is also one that the user may not read any more; the problem says what to type', () => {
    write('[agent]\nhostname = a');
    const { soon } = watchConfig(dir, 'x.ini');
    chmodSync(file, 0o000);
    const [told, user] = asNobody(dir, (name) => [soon(), name] as const);
    const problem = `${file}: can't be read: permission denied; expected a file that the user ${user} may read: ${user === 'root' ? '' : 'sudo '}chown ${user} '${file}'`;
    expect(told).toEqual([{ refused: [problem] }]);
    chmodSync(file, 0o644);
    expect(asNobody(dir, soon)).toEqual([changed()]);
  });

  test('is also there if the folder beside it can not be listed any more', () => {
    mkdirSync(join(dir, 'x.d'));
    const { soon } = watchConfig(dir, 'x.ini');
    rmSync(join(dir, 'x.d'), { recursive: true });
    writeFileSync(join(dir, 'x.d'), '');
    expect(soon()).toEqual([
      { refused: [`${dir}/x.d: can't be read: not a directory; expected a folder that this user may read`] },
    ]);
  });
});

test.skipIf(process.geteuid?.() !== 0)(
  'a file that the user may not read since the agent gave up root is no matter until it changes or is asked for (needs root)',
  () => {
    write('[agent]\nhostname = a');
    const { soon, watcher, told } = watchConfig(dir, 'x.ini');
    expect(asNobody(dir, soon)).toEqual([]);
    asNobody(dir, () => watcher.lookNow());
    expect(told()).toMatchObject([{ refused: [expect.stringContaining('permission denied')] }]);
    expect(asNobody(dir, soon)).toEqual([]);
  },
);

describe('when it is requested', () => {
  test('the files are read at once, and once more when they are settled', () => {
    write('[agent]\nhostname = a');
    const { soon, watcher, told } = watchConfig(dir, 'x.ini');
    write('[agent]\nhostname = b');
    watcher.lookNow();
    expect(told()).toEqual([changed('[agent] hostname')]);
    write('[agent]\nhostname = c');
    expect(soon()).toEqual([changed('[agent] hostname')]);
  });

  test('a bad file is reported only if it was not reported before', () => {
    write('[agent]\nhostname = a');
    const { soon, watcher, told } = watchConfig(dir, 'x.ini');
    watcher.lookNow();
    expect(told()).toEqual([]);
    write('[agnt]');
    watcher.lookNow();
    expect(told()).toHaveLength(1);
    watcher.lookNow();
    expect([...told(), ...soon()]).toEqual([]);
  });

  test('nothing is read after the end, and no timer is left', () => {
    const { clock, watcher, soon } = watchConfig(dir, 'x.ini');
    expect(clock.pending()).toBe(1);
    watcher.close();
    write('[agent]\nhostname = b');
    watcher.lookNow();
    expect(soon()).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  test('it may end from within a handler', () => {
    let end = () => {};
    const { clock, watcher, soon } = watchConfig(dir, 'x.ini', { onTold: () => end() });
    end = watcher.close;
    write('[agent]\nhostname = b');
    expect(soon()).toEqual([changed('[agent] hostname')]);
    expect(clock.pending()).toBe(0);
  });
});

test('a good file that the agent can not apply is refused like a bad one, and applied once the obstacle is gone', () => {
  writeFileSync(file, '[agent]\nhostname = a\n');
  let inTheWay: string | null = 'there is no directory /p; mkdir -p -m 0700 /p';
  const watched = watchConfig(dir, file, { inapplicable: () => inTheWay });
  writeFileSync(file, '[agent]\nhostname = b\n');
  expect(watched.soon()).toEqual([{ refused: [inTheWay] }]);
  expect(watched.soon()).toEqual([]); // it is tried again, but not reported again
  expect(watched.running().hostname).toBe('a');
  inTheWay = null;
  expect(watched.soon()).toEqual([{ changed: ['[agent] hostname'], warnings: [] }]);
  expect(watched.running().hostname).toBe('b');
});
