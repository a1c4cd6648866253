import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processes } from '../../src/io/processes.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { turn, turnUntil } from '../helpers/turns.ts';
import { lanesIn, makePlace, parentOf, run, start, until, waiting } from './launchers.ts';

const exited = { kind: 'exited', status: 0 };
const tellsParent = '#!/bin/sh\necho "$PPID"\n';

describe('the outputs of a script in a lane', () => {
  test('can be opened by their paths, again and again, and tee can write to them', async () => {
    const place = makePlace();
    const body = 'echo 1 > /dev/stdout\necho 2 >> /dev/stdout\necho 3 | tee /dev/stderr\necho 4 > /dev/stderr\necho 5 > /proc/self/fd/1\n';
    const script = writePlugin(place.scripts, 'p', `#!/bin/sh\n${body}`);
    expect(await run(lanesIn(place), script)).toMatchObject({ exit: exited, stdout: '1\n2\n3\n5\n', stderr: '3\n4\n' });
  });

  test('are private FIFOs in a private folder', async () => {
    const place = makePlace();
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\n[ -p /dev/stdout ] && [ -p /dev/stderr ]\n');
    expect((await run(lanesIn(place), script)).exit).toEqual(exited);
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
    test(`are told though they begin like a shell's message: ${JSON.stringify(words)}`, async () => {
      const place = makePlace();
      for (const status of [0, 126, 127]) {
        const script = writePlugin(place.scripts, 'p', `#!/bin/sh\nprintf %s '${words}' >&2\nexit ${status}\n`);
        const { exit, stderr } = await run(lanesIn(place), script);
        expect({ exit, stderr }).toEqual({ exit: { kind: 'exited', status }, stderr: words });
      }
    });
  }

  test('are told in their order when a shell-like message is only their beginning', async () => {
    const place = makePlace();
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho "/bin/sh: 1: first" >&2\nsleep 0.05\nseq 1000 >&2\nexit 127\n');
    const { exit, stderr } = await run(lanesIn(place), script);
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1).join('\n');
    expect({ exit, stderr }).toEqual({ exit: { kind: 'exited', status: 127 }, stderr: `/bin/sh: 1: first\n${numbers}\n` });
  });
});

describe('a lane', () => {
  test('runs one script after another: a hundred runs have one parent', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    const script = writePlugin(place.scripts, 'p', tellsParent);
    const parents = new Set<string>();
    for (let time = 0; time < 100; time += 1) parents.add((await run(launcher, script)).stdout);
    expect(parents.size).toBe(1);
    expect(readdirSync(place.pipes)).toHaveLength(2);
  });

  test('goes when it is one more than are kept idle, and so do its FIFOs', async () => {
    const place = makePlace();
    const launcher = lanesIn(place, { maxIdle: 2 });
    const hold = holdFifo();
    const script = writePlugin(place.scripts, 'p', `${tellsParent}read -r _ < '${hold.path}'\n`);
    const observed = Array.from({ length: 5 }, () => start(launcher, script));
    await until(() => observed.every(({ stdout }) => stdout().length > 0));
    const shells = observed.map(({ stdout }) => Number(stdout()));
    expect(new Set(shells).size).toBe(5);
    hold.release(5);
    await Promise.all(observed.map(({ ended }) => ended));
    await until(() => shells.filter((pid) => processes.identify(pid)).length === 2);
    await until(() => readdirSync(place.pipes).length === 4);
    expect(shells).toContain(Number((await run(launcher, writePlugin(place.scripts, 'q', tellsParent))).stdout));
  });

  test('whose script signals its whole group ends with it by that signal; the next script has another lane', async () => {
    const place = makePlace();
    const launcher = lanesIn(place); // by the real clock: how long a process takes to die is not ours to say
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho "$PPID"\nkill 0\n');
    const first = await run(launcher, script);
    expect(first.exit).toEqual({ kind: 'signaled', signal: 'SIGTERM', status: 143 });
    const second = await run(launcher, writePlugin(place.scripts, 'q', tellsParent));
    expect(second.exit).toEqual(exited);
    expect(second.stdout).not.toBe(first.stdout);
    expect(readdirSync(place.pipes)).toHaveLength(2);
  });

  test('whose shell is ended from outside leaves the script alone: its run ends when it does, and nobody knows how', async () => {
    const place = makePlace();
    const clock = fakeClock();
    const hold = holdFifo();
    const observed = start(lanesIn(place, { clock }), waiting(place, hold));
    let isOver = false;
    const ended = observed.ended.finally(() => {
      isOver = true;
    });
    await until(() => observed.stdout().length > 0);
    const pid = observed.pid() ?? 0;
    const shell = parentOf(pid);
    expect(shell).not.toBe(process.pid);
    process.kill(shell, 'SIGKILL');
    await until(() => clock.pending() > 0);
    for (let time = 0; time < 50; time += 1) {
      clock.advance(1000);
      await turn();
    }
    expect([isOver, observed.pid(), processes.identify(pid) === null]).toEqual([false, pid, false]);
    hold.release();
    expect(await turnUntil(ended, () => clock.advance(100))).toEqual({ kind: 'unknown' });
    expect(observed.stdout().toString()).toBe(`${pid}\nafter\n`);
    expect(readdirSync(place.pipes)).toEqual([]);
  });

  test('that was ended from outside while it was idle costs no run', async () => {
    const place = makePlace();
    const launcher = lanesIn(place);
    const script = writePlugin(place.scripts, 'p', tellsParent);
    const { stdout: shell } = await run(launcher, script);
    process.kill(Number(shell), 'SIGKILL');
    await until(() => readdirSync(place.pipes).length === 0);
    const next = await run(launcher, script);
    expect(next.exit).toEqual(exited);
    expect(next.stdout).not.toBe(shell);
  });

  test('begins in the directory that took the place of the former one, once it is told', async () => {
    const place = makePlace();
    const cwd = join(place.scripts, 'live');
    mkdirSync(cwd, { mode: 0o700 });
    const launcher = lanesIn({ ...place, scripts: cwd });
    const script = writePlugin(place.scripts, 'p', `${tellsParent}cat marker\n`);
    writeFileSync(join(cwd, 'marker'), 'one\n');
    const shell = (await run(launcher, script)).stdout.split('\n')[0];
    rmSync(cwd, { recursive: true });
    mkdirSync(cwd, { mode: 0o700 });
    writeFileSync(join(cwd, 'marker'), 'two\n');
    launcher.renew();
    expect((await run(launcher, script)).stdout).toMatch(/\ntwo\n$/);
    await until(() => processes.identify(Number(shell)) === null);
  });

  test('that is busy while the directory is replaced takes no other script afterwards', async () => {
    const place = makePlace();
    const hold = holdFifo();
    const launcher = lanesIn(place);
    const observed = start(launcher, waiting(place, hold));
    await until(() => observed.stdout().length > 0);
    const shell = parentOf(observed.pid() ?? 0);
    launcher.renew();
    hold.release();
    expect(await observed.ended).toEqual(exited);
    await until(() => processes.identify(shell) === null && readdirSync(place.pipes).length === 0);
  });

  test('that is busy at the end is left alone; the idle ones are gone', async () => {
    const place = makePlace();
    const hold = holdFifo();
    const launcher = lanesIn(place);
    const shell = Number((await run(launcher, writePlugin(place.scripts, 'p', tellsParent))).stdout);
    const observed = [start(launcher, waiting(place, hold)), start(launcher, waiting(place, hold))];
    await until(() => observed.every(({ stdout }) => stdout().length > 0));
    hold.release();
    await Promise.race(observed.map(({ ended }) => ended));
    await launcher.close();
    const busy = observed.filter(({ stdout }) => !stdout().includes('after'));
    expect(busy).toHaveLength(1);
    expect(readdirSync(place.pipes)).toHaveLength(2);
    expect(processes.identify(busy[0]?.pid() ?? 0)).not.toBeNull();
    hold.release();
    expect(await busy[0]?.ended).toEqual(exited);
    await until(() => processes.identify(shell) === null && readdirSync(place.pipes).length === 0);
  });
});
