import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processes } from '../../../../src/io/process/identity.ts';
import { holdFifo } from '../../../helpers/hold-fifo.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { descriptors, launcherIn, makePlace, run, start, targetOf, until, waiting } from './launchers.ts';

const exited = { kind: 'exited', status: 0 };

describe('the outputs of a script', () => {
  test('can be opened by their paths, again and again, and tee can write to them', async () => {
    const place = makePlace();
    const body =
      'echo 1 > /dev/stdout\necho 2 >> /dev/stdout\necho 3 | tee /dev/stderr\necho 4 > /dev/stderr\necho 5 > /proc/self/fd/1\n';
    const script = writePlugin(place.scripts, 'p', `#!/bin/sh\n${body}`);
    expect(await run(launcherIn(place), script)).toMatchObject({
      exit: exited,
      stdout: '1\n2\n3\n5\n',
      stderr: '3\n4\n',
    });
  });

  test('are private FIFOs in a private folder', async () => {
    const place = makePlace();
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\n[ -p /dev/stdout ] && [ -p /dev/stderr ]\n');
    expect((await run(launcherIn(place), script)).exit).toEqual(exited);
    expect(statSync(place.pipes).mode & 0o7777).toBe(0o700);
    const modes = readdirSync(place.pipes).map((name) => statSync(join(place.pipes, name)).mode & 0o7777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  for (const words of [
    '/bin/sh: 1: not found\n',
    'sh: no newline',
    '/bin/sh: 1: exec: /scripts/other: not found\n',
    'bash: a\nb\n',
    'x.sh: ',
  ]) {
    test(`are kept though they begin like a shell's message: ${JSON.stringify(words)}`, async () => {
      const place = makePlace();
      for (const status of [0, 126, 127]) {
        const script = writePlugin(place.scripts, 'p', `#!/bin/sh\nprintf %s '${words}' >&2\nexit ${status}\n`);
        const { exit, stderr } = await run(launcherIn(place), script);
        expect({ exit, stderr }).toEqual({ exit: { kind: 'exited', status }, stderr: words });
      }
    });
  }

  test('are kept in their order when a shell-like message is only their beginning', async () => {
    const place = makePlace();
    const script = writePlugin(
      place.scripts,
      'p',
      '#!/bin/sh\necho "/bin/sh: 1: first" >&2\nsleep 0.05\nseq 1000 >&2\nexit 127\n',
    );
    const { exit, stderr } = await run(launcherIn(place), script);
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1).join('\n');
    expect({ exit, stderr }).toEqual({
      exit: { kind: 'exited', status: 127 },
      stderr: `/bin/sh: 1: first\n${numbers}\n`,
    });
  });
});

describe('the FIFOs', () => {
  test('serve one script after another: a hundred runs have one pair', async () => {
    const place = makePlace();
    const launcher = launcherIn(place);
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec readlink /proc/self/fd/2\n');
    const names = new Set<string>();
    for (let time = 0; time < 100; time += 1) names.add((await run(launcher, script)).stdout);
    expect(names.size).toBe(1);
    expect(readdirSync(place.pipes)).toHaveLength(2);
  });

  test('go where they are more than are kept idle', async () => {
    const place = makePlace();
    const launcher = launcherIn(place, { maxIdle: 2 });
    const hold = holdFifo();
    const observed = Array.from({ length: 5 }, () => start(launcher, waiting(place, hold)));
    await until(() => observed.every(({ stdout }) => stdout().length > 0));
    expect(readdirSync(place.pipes)).toHaveLength(10);
    hold.release(5);
    await Promise.all(observed.map(({ ended }) => ended));
    await until(() => readdirSync(place.pipes).length === 4);
  });

  test('of a script that signals its whole group are for the next: only it has ended', async () => {
    const place = makePlace();
    const launcher = launcherIn(place);
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nkill 0\n');
    expect((await run(launcher, script)).exit).toEqual({ kind: 'signaled', signal: 'SIGTERM', status: 143 });
    expect((await run(launcher, writePlugin(place.scripts, 'q', '#!/bin/sh\necho q\n'))).stdout).toBe('q\n');
    expect(readdirSync(place.pipes)).toHaveLength(2);
  });

  test('of a script that is busy at the end are left alone; the idle ones are gone', async () => {
    const place = makePlace();
    const hold = holdFifo();
    const launcher = launcherIn(place);
    const observed = [start(launcher, waiting(place, hold)), start(launcher, waiting(place, hold))];
    await until(() => observed.every(({ stdout }) => stdout().length > 0));
    hold.release();
    await Promise.race(observed.map(({ ended }) => ended));
    await launcher.close();
    const busy = observed.filter(({ stdout }) => !stdout().includes('after'));
    expect(busy).toHaveLength(1);
    await until(() => readdirSync(place.pipes).length === 2);
    expect(processes.identify(busy[0]?.pid() ?? 0)).not.toBeNull();
    hold.release();
    expect(await busy[0]?.ended).toEqual(exited);
    await until(() => readdirSync(place.pipes).length === 0);
  });
});

describe('a script', () => {
  test('begins in the directory that took the place of the former one', async () => {
    const place = makePlace();
    const cwd = join(place.scripts, 'live');
    mkdirSync(cwd, { mode: 0o700 });
    const launcher = launcherIn({ ...place, scripts: cwd });
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\ncat marker\n');
    for (const words of ['one\n', 'two\n']) {
      rmSync(cwd, { recursive: true });
      mkdirSync(cwd, { mode: 0o700 });
      writeFileSync(join(cwd, 'marker'), words);
      expect((await run(launcher, script)).stdout).toBe(words);
    }
  });

  test('that closes its outputs early and keeps running has ended when it ends', async () => {
    const place = makePlace();
    const hold = holdFifo();
    const launcher = launcherIn(place);
    const script = writePlugin(
      place.scripts,
      'p',
      `#!/bin/sh\necho out\nexec >&- 2>&-\nread -r _ < '${hold.path}'\nexit 3\n`,
    );
    for (let time = 0; time < 3; time += 1) {
      const observed = start(launcher, script);
      await until(() => observed.stdout().length > 0);
      await until(() => descriptors().every((fd) => !targetOf(fd)?.startsWith(place.pipes))); // both outputs have ended
      hold.release();
      expect(await observed.ended).toEqual({ kind: 'exited', status: 3 });
      expect(observed.stdout().toString()).toBe('out\n');
    }
    expect(readdirSync(place.pipes)).toHaveLength(2);
  });
});

test('two launchers hear of the end of their own scripts, and Node of its own children', async () => {
  const places = [makePlace(), makePlace()];
  const launchers = places.map((place) => launcherIn(place));
  const codes = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      if (index % 4 === 3) return once(spawn('/bin/sh', ['-c', `exit ${index}`]), 'exit').then(([status]) => status);
      const [place, launcher] = [places[index % 2], launchers[index % 2]];
      if (!place || !launcher) return null;
      const { exit } = await run(launcher, writePlugin(place.scripts, `p${index}`, `#!/bin/sh\nexit ${index}\n`));
      return exit.kind === 'exited' ? exit.status : exit;
    }),
  );
  expect(codes).toEqual(Array.from({ length: 40 }, (_, index) => index));
});
