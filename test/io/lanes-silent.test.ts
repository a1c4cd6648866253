import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { processes } from '../../src/io/processes.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { turn, turnUntil } from '../helpers/turns.ts';
import { children, makePlace, run, silentLanesIn, start, until, waiting } from './launchers.ts';

/** Fifty seconds of the agent's clock, once it looks again and again whether the script lives. */
async function passWhileFollowed(clock: ReturnType<typeof fakeClock>) {
  await until(() => clock.pending() > 0);
  for (let time = 0; time < 50; time += 1) {
    clock.advance(1000);
    await turn();
  }
}

const tellsItself = '#!/bin/sh\necho "$$"\n';

test.runIf(processes.knowsChildren)('a brief script whose process id nobody asked for has none when it is over', async () => {
  const place = makePlace();
  const script = writePlugin(place.scripts, 'p', tellsItself);
  expect(await run(silentLanesIn(place), script)).toMatchObject({ exit: { kind: 'exited', status: 0 }, pid: null });
});

test('a script with an environment of its own tells its process id as ever', async () => {
  const place = makePlace();
  const script = writePlugin(place.scripts, 'p', tellsItself);
  const { pid, stdout } = await run(silentLanesIn(place), script, { env: { OWN: '1' } });
  expect(stdout).toBe(`${pid}\n`);
});

test('a script that has run for a moment is known when it is over, though nobody asked meanwhile', async () => {
  const place = makePlace();
  const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho "$$"\nsleep 0.2\n');
  const { pid, stdout } = await run(silentLanesIn(place), script);
  expect(stdout).toBe(`${pid}\n`);
});

test('a script whose shell is ended from outside before anybody asked for its process id still counts as running until it ends', async () => {
  const place = makePlace();
  const clock = fakeClock();
  const hold = holdFifo();
  const before = children();
  const launcher = silentLanesIn(place, { clock });
  const script = waiting(place, hold);
  const observed = start(launcher, script);
  const shells = () => children().filter((pid) => !before.includes(pid));
  await until(() => shells().some((shell) => processes.childOf(shell) !== null && readdirSync(place.pipes).length === 2));
  const [shell = 0] = shells();
  await until(() => processes.childOf(shell) !== null);
  process.kill(shell, 'SIGKILL');
  let isOver = false;
  const ended = observed.ended.finally(() => {
    isOver = true;
  });
  await passWhileFollowed(clock);
  expect(isOver).toBe(false);
  hold.release();
  await turnUntil(ended, () => clock.advance(100));
  expect(observed.stdout().toString()).toMatch(/^\d+\nafter\n$/);
});

describe('what a silent script says on stderr before it ends', () => {
  for (const [what, body, exit, stderr] of [
    ['without a line end, and then by SIGKILL', 'printf foo >&2; kill -9 $$', { kind: 'signaled', signal: 'SIGKILL', status: 137 }, 'foo'],
    ['as a line, and then by SIGTERM', 'echo foo >&2; kill -TERM $$', { kind: 'signaled', signal: 'SIGTERM', status: 143 }, 'foo\n'],
    ['and then by SIGPIPE', 'printf Oops >&2; kill -PIPE $$', { kind: 'signaled', signal: 'SIGPIPE', status: 141 }, 'Oops'],
    ['that is the word of another signal', 'echo Killed >&2; exit 143', { kind: 'exited', status: 143 }, 'Killed\n'],
    ['that is a word of the shell, and then well', 'echo Killed >&2', { kind: 'exited', status: 0 }, 'Killed\n'],
  ] as const) {
    test(`${what} is told as it is, and so is how it ended`, async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', `#!/bin/sh\n${body}\n`);
      expect(await run(silentLanesIn(place), script)).toMatchObject({ exit, stderr });
    });
  }

  test('is told as it comes once it has run for a moment', async () => {
    const place = makePlace();
    const hold = holdFifo();
    const script = writePlugin(place.scripts, 'p', `#!/bin/sh\necho Waiting >&2\nread -r _ < '${hold.path}'\n`);
    const observed = start(silentLanesIn(place), script);
    await until(() => observed.stderr() === 'Waiting\n');
    hold.release();
    expect(await observed.ended).toEqual({ kind: 'exited', status: 0 });
  });
});

test('a script in a session of its own whose shell is gone before anybody asked for its process id is known all the same, and counts as running', async () => {
  const place = makePlace();
  const clock = fakeClock();
  const hold = holdFifo();
  const inner = `kill -9 "$1"; echo "$$"; read -r _ < "${hold.path}"; echo after`;
  const script = writePlugin(place.scripts, 'p', `#!/bin/sh\nexec setsid /bin/sh -c '${inner}' sh "$PPID"\n`);
  const observed = start(silentLanesIn(place, { clock }), script);
  let isOver = false;
  const ended = observed.ended.finally(() => {
    isOver = true;
  });
  await passWhileFollowed(clock);
  const pid = observed.pid();
  expect([isOver, pid === null]).toEqual([false, false]);
  hold.release();
  await turnUntil(ended, () => clock.advance(100));
  expect(observed.stdout().toString()).toBe(`${pid}\nafter\n`);
});
