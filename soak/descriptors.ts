import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePlugin } from '../test/helpers/install-plugin.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const minutes = 10;
const limit = 128;
const good = 9;

/**
 * An agent with 128 descriptors runs ten plugins each second for ten minutes. One of them leaves a
 * process behind at each run. Holds if the other nine, the host's metrics and the sink miss no
 * more than a tick in ten, `status` answers each time, and no run fails.
 */
export async function descriptors(print: (line: string) => void): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'descriptors-'));
  const [scripts, state, out] = [join(dir, 'scripts'), join(dir, 'state'), join(dir, 'out')];
  mkdirSync(scripts, { mode: 0o700 });
  writeFileSync(join(dir, 'a.ini'), '[scripts]\nmax_leftovers = 100000\n');
  writePlugin(scripts, 'leaky', '#!/bin/sh\nsleep 1200 &\necho "pid $!"\necho "a 1"\n');
  for (let number = 0; number < good; number += 1) writePlugin(scripts, `good-${number}`, '#!/bin/sh\necho "a 1"\n');
  const flags = ['-H', 'h', '-s', scripts, '--state-dir', state, '-f', join(dir, 'a.ini')];
  const program = `exec "$@" >"${out}" 2>&1`;
  const words = ['-c', program, 'sh', 'prlimit', `--nofile=${limit}:${limit}`, process.execPath, main, ...flags];
  const agent = spawn('/bin/sh', [...words, '-e', '-r', '1', '--debug'], { stdio: 'ignore' });
  let [refusals, most] = [0, 0];
  const endMs = Date.now() + minutes * 60_000;
  while (Date.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const status = spawn(process.execPath, [main, ...flags, 'status'], { stdio: 'ignore' });
    if ((await new Promise((resolve) => status.on('close', resolve))) !== 0) refusals += 1;
    most = Math.max(most, readdirSync(`/proc/${agent.pid}/fd`).length);
  }
  agent.kill('SIGTERM');
  await new Promise((resolve) => agent.on('close', resolve));
  const lines = readFileSync(out, 'utf8').split('\n');
  const count = (begin: string) => lines.filter((line) => line.startsWith(begin)).length;
  const ticks = lines.filter((line) => line.includes('"tick.started"')).length;
  const failed = lines.filter((line) => line.includes('"run.failed"')).length;
  const fewest = Math.min(count('h.load.1min '), ...Array.from({ length: good }, (_, of) => count(`h.good-${of}.a `)));
  for (const line of lines) {
    const pid = /^h\.leaky\.pid (\d+)/.exec(line)?.[1];
    if (pid !== undefined) endLeft(Number(pid));
  }
  rmSync(dir, { recursive: true });
  print(`${ticks} ticks; the plugin with the fewest samples, or the host, has ${fewest}; ${failed} runs failed`);
  print(`at most ${most} of ${limit} descriptors open; status did not answer ${refusals} times`);
  return fewest > 0.9 * ticks && ticks > 0 && failed === 0 && refusals === 0;
}

/** Ends a process that a run of this soak left behind. */
function endLeft(pid: number): void {
  try {
    if (readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\u00001200\u0000') process.kill(pid);
  } catch {
    // it has ended
  }
}
