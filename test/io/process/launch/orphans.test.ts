import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../../src/io/clock.ts';
import { libc } from '../../../../src/io/libc.ts';
import { makeFifoBy } from '../../../../src/io/process/fifo/make-fifo.ts';
import { createPosixLauncher } from '../../../../src/io/process/launch/posix-launcher.ts';
import { startByPosixSpawn } from '../../../../src/io/process/launch/posix-spawn.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { moment } from '../../../helpers/turns.ts';
import { makePlace, run } from './launchers.ts';

const library = libc();
const why = library === null ? ' (skipped: the C library can not be called here)' : '';

/** Makes this process the new parent of processes whose parents have ended, as process 1 is. */
function adoptOrphans(isWanted: boolean): void {
  const prctl = createRequire(import.meta.url)('koffi')
    .load(null)
    .func('int prctl(int, unsigned long)');
  if (prctl(36, isWanted ? 1 : 0) !== 0) throw new Error('PR_SET_CHILD_SUBREAPER is refused');
}

/** The children of this process that have ended and were not collected. */
function zombies(): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' && Number(parent) === process.pid ? Number(entry) : [];
    } catch {
      return [];
    }
  });
}

test.skipIf(library === null)(
  `the first process of a container collects what plugins leave behind, and takes no status from Node or a plugin${why}`,
  async () => {
    const spawnByLibc = library?.spawn;
    if (!library || !spawnByLibc) return;
    adoptOrphans(true);
    onTestFinished(() => adoptOrphans(false));
    const place = makePlace();
    const starter = {
      start: startByPosixSpawn({ ...library, spawn: spawnByLibc }, true),
      makeFifo: makeFifoBy(library.makeFifo),
    };
    const env = { PATH: process.env['PATH'] ?? '' };
    const options = { cwd: place.scripts, env, pipeDir: place.pipes, maxIdle: 4, clock: systemClock };
    const launcher = createPosixLauncher(starter, options);
    onTestFinished(() => launcher.close());
    const left = join(place.pipes, 'left');
    const script = writePlugin(
      place.scripts,
      'leaving',
      `#!/bin/sh\nfor n in 1 2 3; do (exec >/dev/null 2>&1; sleep 0.0$n; echo "$n" >> '${left}') & done\nexit 3\n`,
    );
    for (let time = 0; time < 20; time += 1) {
      const child = spawn('/bin/sh', ['-c', 'exit 7']);
      const [{ exit }, [status]] = await Promise.all([run(launcher, script), once(child, 'exit')]);
      expect([exit, status]).toEqual([{ kind: 'exited', status: 3 }, 7]);
    }
    while (readFileSync(left, 'utf8').length < 20 * 3 * 2) await moment();
    while (zombies().length > 0) await moment(); // ends at the test's own limit if they stay
    const last = spawn('/bin/sh', ['-c', 'exit 9']); // while no plugin runs
    expect((await once(last, 'exit'))[0]).toBe(9);
  },
);
