import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processes } from '../../src/io/processes.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { children, descriptors, lanesIn, makePlace, type Place, run, start, until, waiting } from './launchers.ts';

const exited = { kind: 'exited', status: 0 };
const tellsParent = '#!/bin/sh\necho "$PPID"\n';

describe('a lane', () => {
  for (const [what, remove] of [
    ['FIFOs were', (place: Place) => readdirSync(place.pipes).forEach((name) => void rmSync(join(place.pipes, name)))],
    ['stdout was', (place: Place) => rmSync(join(place.pipes, readdirSync(place.pipes).find((name) => name.endsWith('.out')) ?? ''))],
    ['folder for pipes was', (place: Place) => rmSync(place.pipes, { recursive: true })],
  ] as const) {
    test(`whose ${what} removed between two runs is given up, and the next run loses nothing`, async () => {
      const place = makePlace();
      const launcher = lanesIn(place);
      const script = writePlugin(place.scripts, 'p', tellsParent);
      const shell = Number((await run(launcher, script)).stdout);
      remove(place);
      const next = await run(launcher, script);
      expect(next.exit).toEqual(exited);
      expect([Number(next.stdout) > 0, Number(next.stdout) === shell]).toEqual([true, false]);
      await until(() => processes.identify(shell) === null);
      expect(statSync(place.pipes).mode & 0o7777).toBe(0o700);
      await until(() => readdirSync(place.pipes).length === 2); // the lane is told of its end a moment later
    });
  }

  test('whose FIFO was replaced by a file is given up: nothing is written there', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    const script = writePlugin(place.scripts, 'p', tellsParent);
    await run(launcher, script);
    for (const name of readdirSync(place.pipes)) {
      rmSync(join(place.pipes, name));
      writeFileSync(join(place.pipes, name), '');
    }
    expect((await run(launcher, script)).stdout).toMatch(/^\d+\n$/);
  });

  test('loses no output of a script whose FIFOs are removed while it runs', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    const hold = holdFifo();
    const observed = start(launcher, waiting(place, hold));
    await until(() => observed.stdout().length > 0);
    rmSync(place.pipes, { recursive: true });
    hold.release();
    expect(await observed.ended).toEqual(exited);
    expect(observed.stdout().toString()).toMatch(/^\d+\nafter\n$/);
    expect((await run(launcher, writePlugin(place.scripts, 'q', '#!/bin/sh\necho q\n'))).stdout).toBe('q\n');
  });

  test('has another name than the FIFOs that a former agent with the same process id left behind', async () => {
    const place = makePlace();
    mkdirSync(place.pipes, { mode: 0o700 });
    const left = join(place.pipes, `${process.pid}-1.err`);
    execFileSync('mkfifo', ['-m', '600', left]);
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\n');
    expect(await run(lanesIn(place), script)).toMatchObject({ exit: exited, stdout: 'out\n' });
    expect(existsSync(left)).toBe(true);
  });
});

describe('where a lane can not be made', () => {
  test('the script was not started, and its own lack is not blamed', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    rmSync(place.pipes, { recursive: true });
    writeFileSync(place.pipes, 'in the way');
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\n');
    const { exit, stdout } = await run(launcher, script);
    expect({ exit, stdout }).toMatchObject({
      exit: { kind: 'not-started', failedAt: 'set-up', words: expect.stringContaining(place.pipes) },
      stdout: '',
    });
    rmSync(place.pipes);
    expect((await run(launcher, script)).stdout).toBe('out\n');
  });

  test('because its shell may open nothing more, it says so: EMFILE', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nprlimit --pid "$PPID" --nofile=3:\n');
    expect((await run(launcher, script)).exit).toEqual(exited);
    expect(await run(launcher, script)).toMatchObject({ exit: { kind: 'not-started', failedAt: 'set-up', code: 'EMFILE' }, stderr: '' });
  });

  test('because its shell may start nothing more, it says so: EAGAIN, and the next script has another', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nprlimit --pid "$PPID" --nproc=1:\n');
    expect((await run(launcher, script)).exit).toEqual(exited);
    const second = await run(launcher, script);
    const isBound = process.getuid?.() !== 0; // the limit is nothing to root
    expect(second.exit).toMatchObject(isBound ? { kind: 'not-started', failedAt: 'set-up', code: 'EAGAIN' } : exited);
    if (isBound) expect((await run(launcher, script)).exit).toEqual(exited);
  });
});

test('two hundred runs leave no descriptor and no process', async () => {
  const place = makePlace();
  const launcher = lanesIn(place);
  const hold = holdFifo();
  const clean = writePlugin(place.scripts, 'clean', '#!/bin/sh\necho out\n');
  const noisy = writePlugin(place.scripts, 'noisy', `#!/bin/sh\n(read -r _ < '${hold.path}') &\necho out\n`);
  const missing = join(place.scripts, 'missing');
  await launcher.close();
  const before = { descriptors: descriptors().length, children: children() };
  const used = lanesIn(place);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([clean, clean, clean, missing, clean, clean, missing, clean, clean].map((script) => run(used, script)));
    const left = start(used, noisy);
    await until(() => left.stdout().length > 0);
    hold.release();
    await left.ended;
  }
  await used.close();
  await until(() => children().length === before.children.length && descriptors().length === before.descriptors);
  expect(children()).toEqual(before.children);
  expect(readdirSync(place.pipes)).toEqual([]);
});

test('a lane says nothing of its own in the environment of a script', async () => {
  const place = makePlace();
  const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec cat /proc/self/environ\n');
  const { stdout } = await run(lanesIn(place, { env: { A: '1' } }), script, { env: { B: '2' } });
  const names = stdout.split('\0').map((line) => line.replace(/=.*/s, ''));
  expect(names.filter((name) => !['PATH', 'A', 'B', 'PWD', 'OLDPWD', 'SHLVL', '_', ''].includes(name))).toEqual([]);
});
