import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { DescriptorBudget } from '../../../../src/io/process/launch/descriptor-budget.ts';
import { holdFifo } from '../../../helpers/hold-fifo.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { descriptors, launcherIn, makePlace, run, start, until, waiting } from './launchers.ts';

/** Lets this process open only this number of files more, until the test is over. */
function allowMore(files: number): void {
  const limit = (soft: number | string) =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`], { encoding: 'utf8' });
  const before = execFileSync('prlimit', ['--pid', String(process.pid), '--nofile', '-o', 'SOFT', '--noheadings']);
  limit(descriptors().length + files);
  onTestFinished(() => void limit(String(before).trim()));
}

test('runs that hang count with the two descriptors that each holds, not with those that a new run may need', () => {
  const pairs = { open: 0 };
  const budget = new DescriptorBudget(
    () => pairs.open,
    () => false,
  );
  const before = budget.count().runs ?? 0;
  const held = Array.from({ length: 30 }, () => openSync('/dev/null', 'r'));
  onTestFinished(() => held.forEach((fd) => void closeSync(fd)));
  pairs.open = 15;
  expect(budget.count().runs).toBe(before + 5); // 30 are gone, which were enough for 10 new runs
});

test('a run that waits begins once the process that another run left behind has ended, and needs no tick for that', async () => {
  const place = makePlace();
  const hold = holdFifo();
  const leaves = writePlugin(place.scripts, 'leaves', `#!/bin/sh\n(read -r _ < '${hold.path}') &\n`);
  const launcher = launcherIn(place);
  allowMore(32 + 5);
  launcher.countDescriptors(); // one run fits beside the 32 that are kept free
  expect(launcher.untilRoom()).toBeNull();
  await run(launcher, leaves);
  const room = launcher.untilRoom();
  expect(room).not.toBeNull();
  hold.release();
  await room;
  expect(launcher.untilRoom()).toBeNull();
});

test('a run that waits begins once another one has ended', async () => {
  const place = makePlace();
  const hold = holdFifo();
  const launcher = launcherIn(place);
  allowMore(32 + 5);
  launcher.countDescriptors();
  const observed = start(launcher, waiting(place, hold));
  await until(() => observed.pid() !== null);
  const room = launcher.untilRoom();
  expect(room).not.toBeNull();
  hold.release();
  await room;
  await observed.ended;
});
