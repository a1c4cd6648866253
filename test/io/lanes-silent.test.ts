import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { processes } from '../../src/io/processes.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { turn, turnUntil } from '../helpers/turns.ts';
import { children, makePlace, run, silentLanesIn, start, until, waiting } from './launchers.ts';

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
  await until(() => clock.pending() > 0);
  for (let time = 0; time < 50; time += 1) {
    clock.advance(1000);
    await turn();
  }
  expect(isOver).toBe(false);
  hold.release();
  await turnUntil(ended, () => clock.advance(100));
  expect(observed.stdout().toString()).toMatch(/^\d+\nafter\n$/);
});
