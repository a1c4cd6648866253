import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Watch, watchDirectory } from '../../../src/io/disk/watch.ts';
import { holdings } from '../../helpers/descriptors.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { turn } from '../../helpers/turns.ts';

type Counted = Watch & {
  hints(): number;
  readonly errors: readonly string[];
  hintAfter(act: () => void): Promise<void>;
};

/** A watch that counts. */
function open(path: string): Counted {
  let hints = 0;
  const errors: string[] = [];
  const watch = watchDirectory(
    path,
    () => {
      hints += 1;
    },
    (detail) => void errors.push(detail),
  );
  onTestFinished(() => watch.close());
  return {
    ...watch,
    hints: () => hints,
    errors,
    async hintAfter(act) {
      const before = hints;
      act();
      while (hints === before) await turn();
    },
  };
}

/** A folder with one old executable in it. */
function makeFolder(): { readonly dir: string; readonly script: string } {
  const dir = join(tempDir(), 'watched');
  mkdirSync(dir, { mode: 0o700 });
  onTestFinished(() => {
    if (existsSync(dir)) chmodSync(dir, 0o700); // so that it can be removed
  });
  const script = join(dir, 'a.sh');
  writeFileSync(script, '#!/bin/sh\n', { mode: 0o700 });
  utimesSync(script, 0, 0);
  return { dir, script };
}

/** Opens a watch, which hints once when it stands, and lets what comes with that pass. */
async function opened(dir: string): Promise<Counted> {
  const watch = open(dir);
  await watch.hintAfter(() => {});
  let before = -1;
  while (before !== watch.hints()) {
    before = watch.hints();
    for (let passed = 0; passed < 20; passed += 1) await turn();
  }
  return watch;
}

test('a chmod of a script that has been executed is hinted at, though chokidar has only a raw event', async () => {
  const { dir, script } = makeFolder();
  execFileSync(script);
  utimesSync(script, Date.now() / 1000, 0); // read since it was written, even where atime is not kept
  expect(lstatSync(script).atimeMs).toBeGreaterThan(lstatSync(script).mtimeMs);
  const watch = await opened(dir);
  await watch.hintAfter(() => chmodSync(script, 0o755));
  expect(watch.isLost()).toBe(false);
});

test('what befalls the entries is hinted at, and does not make the watch a lost one', async () => {
  const { dir, script } = makeFolder();
  const watch = await opened(dir);
  await watch.hintAfter(() => writeFileSync(join(dir, 'b.sh'), 'x'));
  await watch.hintAfter(() => renameSync(join(dir, 'b.sh'), join(dir, 'c.sh')));
  await watch.hintAfter(() => rmSync(join(dir, 'c.sh')));
  await watch.hintAfter(() => writeFileSync(script, 'y'));
  await watch.hintAfter(() => rmSync(script));
  expect(watch.isLost()).toBe(false);
});

test.each<[string, (dir: string) => void]>([
  ['chmodded', (dir) => chmodSync(dir, 0o750)],
  ['closed to everyone', (dir) => chmodSync(dir, 0o000)],
  ['renamed', (dir) => renameSync(dir, `${dir}-away`)],
  ['removed', (dir) => rmSync(dir, { recursive: true })],
  [
    'removed and made again',
    (dir) => {
      rmSync(dir, { recursive: true });
      mkdirSync(dir);
    },
  ],
])('a directory that is %s makes its watch a lost one, with a hint', async (_what, befall) => {
  const { dir } = makeFolder();
  const watch = await opened(dir);
  await watch.hintAfter(() => befall(dir));
  while (!watch.isLost()) await turn();
});

test('no hint comes after close', async () => {
  const { dir, script } = makeFolder();
  const closed = await opened(dir);
  const witness = await opened(dir);
  const before = closed.hints();
  closed.close();
  await witness.hintAfter(() => chmodSync(script, 0o755));
  await witness.hintAfter(() => rmSync(script));
  expect(closed.hints()).toBe(before);
});

test('a path that can never be watched is an error that is reported, not thrown', async () => {
  const watch = open(join(tempDir(), 'x'.repeat(300)));
  while (watch.errors.length === 0) await turn();
  expect(watch.errors[0]).toMatch(/^ENAMETOOLONG/);
});

test('a look that fails after close is not reported', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const path = join(tempDir(), 'x'.repeat(300));
  const closed = open(path);
  closed.close();
  const witness = open(path); // its own look comes after the other's
  while (witness.errors.length === 0) await turn();
  await turn();
  expect([unhandled, closed.errors]).toEqual([[], []]);
});

test('one that is closed while its directory goes away does not come back to life', async () => {
  const parent = tempDir();
  await opened(parent).then((watch) => watch.close()); // the process has its inotify instance from now on
  const before = holdings();
  for (let round = 0; round < 30; round += 1) {
    const dir = join(parent, String(round));
    mkdirSync(dir);
    for (let file = 0; file < 30; file += 1) writeFileSync(join(dir, String(file)), '');
    const watch = open(dir);
    while (holdings().watches < before.watches + 1) await turn();
    rmSync(dir, { recursive: true });
    for (let passed = 0; passed <= round % 4; passed += 1) await turn();
    watch.close();
  }
  const witness = await opened(parent);
  await witness.hintAfter(() => writeFileSync(join(parent, 'last'), ''));
  witness.close();
  while (holdings().descriptors > before.descriptors) await turn();
  expect(holdings()).toEqual(before);
});
