import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { holdFifo } from '../../../helpers/hold-fifo.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import {
  children,
  descriptors,
  launcherIn,
  makePlace,
  type Place,
  run,
  start,
  targetOf,
  until,
  waiting,
} from './launchers.ts';

const exited = { kind: 'exited', status: 0 };

describe('a pair of FIFOs', () => {
  for (const [what, remove] of [
    ['files were', (place: Place) => readdirSync(place.pipes).forEach((name) => void rmSync(join(place.pipes, name)))],
    [
      'stdout was',
      (place: Place) => rmSync(join(place.pipes, readdirSync(place.pipes).find((name) => name.endsWith('.out')) ?? '')),
    ],
    ['folder was', (place: Place) => rmSync(place.pipes, { recursive: true })],
  ] as const) {
    test(`whose ${what} removed between two runs is given up, and the next run loses nothing`, async () => {
      const place = makePlace();
      const launcher = launcherIn(place);
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\necho err >&2\n');
      await run(launcher, script);
      remove(place);
      expect(await run(launcher, script)).toMatchObject({ exit: exited, stdout: 'out\n', stderr: 'err\n' });
      expect(statSync(place.pipes).mode & 0o7777).toBe(0o700);
      expect(readdirSync(place.pipes)).toHaveLength(2);
    });
  }

  test('whose FIFOs were replaced by files writes nothing there', async () => {
    const place = makePlace();
    const launcher = launcherIn(place);
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\n');
    await run(launcher, script);
    for (const name of readdirSync(place.pipes)) {
      rmSync(join(place.pipes, name));
      writeFileSync(join(place.pipes, name), '');
    }
    expect((await run(launcher, script)).stdout).toBe('out\n');
  });

  test('that is removed while its script runs is not given to another one, though that began meanwhile', async () => {
    const place = makePlace();
    const hold = holdFifo();
    const launcher = launcherIn(place);
    const brief = writePlugin(place.scripts, 'brief', '#!/bin/sh\necho brief\n');
    const held = writePlugin(place.scripts, 'held', `#!/bin/sh\nexec 2>/dev/null\nread -r _ < '${hold.path}'\n`);
    const observed = start(launcher, held);
    await run(launcher, brief); // has a pair of its own
    for (const name of readdirSync(place.pipes)) rmSync(join(place.pipes, name));
    expect((await run(launcher, brief)).stdout).toBe('brief\n');
    hold.release();
    await observed.ended;
    for (let time = 0; time < 3; time += 1)
      expect(await Promise.all([run(launcher, brief), run(launcher, brief)])).toMatchObject(
        Array(2).fill({ exit: exited, stdout: 'brief\n' }),
      );
  });

  test('loses no output of a script whose FIFOs are removed while it runs', async () => {
    const place = makePlace();
    const launcher = launcherIn(place);
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
    expect(await run(launcherIn(place), script)).toMatchObject({ exit: exited, stdout: 'out\n' });
    expect(existsSync(left)).toBe(true);
  });
});

describe('where no pair can be made', () => {
  test('the script was not started, and its own lack is not blamed', async () => {
    const place = makePlace();
    const launcher = launcherIn(place);
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
});

test('two hundred runs leave no descriptor and no process', async () => {
  const place = makePlace();
  const launcher = launcherIn(place);
  const hold = holdFifo();
  const clean = writePlugin(place.scripts, 'clean', '#!/bin/sh\necho out\n');
  const noisy = writePlugin(place.scripts, 'noisy', `#!/bin/sh\n(read -r _ < '${hold.path}') &\necho out\n`);
  const missing = join(place.scripts, 'missing');
  await launcher.close();
  await until(() => children().length === 0); // those of the tests before have all ended
  const before = descriptors().length; // a pair of a test before may still be open, and is closed meanwhile
  const used = launcherIn(place);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(
      [clean, clean, clean, missing, clean, clean, missing, clean, clean].map((script) => run(used, script)),
    );
    const left = start(used, noisy);
    await until(() => left.stdout().length > 0);
    hold.release();
    await left.ended;
  }
  await used.close();
  const ofPairs = () => descriptors().filter((fd) => targetOf(fd)?.startsWith(place.pipes));
  await until(() => children().length === 0 && ofPairs().length === 0 && descriptors().length <= before);
  expect(readdirSync(place.pipes)).toEqual([]);
});

test('nothing of our own is said in the environment of a script', async () => {
  const place = makePlace();
  const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec cat /proc/self/environ\n');
  const { stdout } = await run(launcherIn(place, { env: { A: '1' } }), script, { env: { B: '2' } });
  const names = stdout.split('\0').map((line) => line.replace(/=.*/s, ''));
  expect(names.filter((name) => !['PATH', 'A', 'B', 'PWD', 'OLDPWD', 'SHLVL', '_', ''].includes(name))).toEqual([]);
});
