import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { systemClock } from '../../src/io/clock.ts';
import { closeInheritedDescriptors } from '../../src/io/descriptors.ts';
import { createLanes } from '../../src/io/lanes.ts';
import type { Exit, Launcher } from '../../src/io/launcher.ts';
import { processes } from '../../src/io/processes.ts';
import { createSpawner } from '../../src/io/spawn.ts';

/**
 * Stands for the agent where a test needs a process of its own: `KIND FOLDER PIPES SCRIPT COUNT`. Prints one line of JSON. Of the kind
 * `cramped` it has three descriptors left when the shell of its first lane has just been started.
 */
const [kind = '', cwd = '', pipeDir = '', script = '', count = '1'] = process.argv.slice(2);
closeInheritedDescriptors();
const env = { PATH: process.env['PATH'] ?? '' };
const launcher: Launcher =
  kind !== 'spawn'
    ? createLanes({ cwd, env, pipeDir, maxIdle: 2, clock: systemClock, processes })
    : createSpawner({ cwd, env, clock: systemClock });

let stdout = '';
async function run(): Promise<Exit> {
  const invocation = { path: script, args: [], stdinPath: null, env: {} };
  return launcher.launch(invocation, {
    onStdout: (chunk) => {
      stdout += Buffer.from(chunk).toString();
    },
    onStderr: () => {},
  }).ended;
}

function leaveThree(): void {
  const open = new Set(readdirSync('/proc/self/fd').map(Number));
  let limit = 0;
  for (let free = 1; free < 3; limit += 1) if (!open.has(limit)) free += 1; // one was open to list them
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}:`], { stdio: 'ignore' });
}

await once(spawn('true'), 'close'); // what Node opens with its first process stays
const openBefore = readdirSync('/proc/self/fd').length;
const running = Array.from({ length: Number(count) }, run);
if (kind === 'cramped') leaveThree();
const exits = await Promise.all(running);
const after = count === '1' ? null : await run();
await launcher.close();
const lostByNode = kind === 'cramped' ? 0 : 4; // a spawn that runs out of descriptors at its last step loses two of them (seen in Node 20)
while (readdirSync('/proc/self/fd').length > openBefore + lostByNode) await new Promise((resolve) => setImmediate(resolve));
const pipes = kind === 'spawn' ? [] : readdirSync(pipeDir);
process.stdout.write(`${JSON.stringify({ exits, after, pipes, stdout })}\n`);
