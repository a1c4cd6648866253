import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, readdirSync } from 'node:fs';
import { systemClock } from '../../../../src/io/clock.ts';
import { closeInheritedDescriptors } from '../../../../src/io/process/descriptors.ts';
import { makeFifoByProgram } from '../../../../src/io/process/fifo/make-fifo.ts';
import type { Exit, Launcher } from '../../../../src/io/process/launch/launcher.ts';
import { createLauncher } from '../../../../src/io/process/launch/launchers.ts';
import { startByNodeSpawn } from '../../../../src/io/process/launch/node-spawn.ts';
import { createPosixLauncher } from '../../../../src/io/process/launch/posix-launcher.ts';
import { createWindowsLauncher } from '../../../../src/io/process/launch/windows-launcher.ts';

/**
 * Stands for the agent where a test needs a process of its own: `KIND FOLDER PIPES SCRIPT COUNT`.
 * Prints one line of JSON. Of the kind `cramped` it has one descriptor left when it is to open its
 * first pipes.
 */
const [kind = '', cwd = '', pipeDir = '', script = '', count = '1'] = process.argv.slice(2);
closeInheritedDescriptors();
const options = { cwd, env: { PATH: process.env['PATH'] ?? '' }, pipeDir, maxIdle: 2, clock: systemClock };
const launcher = createOf(kind);

function createOf(wanted: string): Launcher {
  if (wanted === 'spawn') return createWindowsLauncher(options);
  if (wanted === 'fork') return createPosixLauncher({ start: startByNodeSpawn, makeFifo: makeFifoByProgram }, options);
  return createLauncher(process.platform, options);
}

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

function leaveOne(): void {
  const open = new Set(readdirSync('/proc/self/fd').map(Number).filter(isOpen)); // one was open to list them
  let limit = 0;
  for (let free = 0; free < 1; limit += 1) if (!open.has(limit)) free += 1;
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}:`], { stdio: 'ignore' });
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

await once(spawn('true'), 'close'); // what Node opens with its first process stays
const openBefore = readdirSync('/proc/self/fd').length;
if (kind === 'cramped') leaveOne();
const running = Array.from({ length: Number(count) }, run);
const exits = await Promise.all(running);
const after = count === '1' ? null : await run();
await launcher.close();
const lostByNode = kind === 'cramped' ? 0 : 4; // a spawn that runs out of descriptors at its last step loses two of them (seen in Node 20)
while (readdirSync('/proc/self/fd').length > openBefore + lostByNode)
  await new Promise((resolve) => setImmediate(resolve));
const pipes = kind === 'spawn' ? [] : readdirSync(pipeDir);
process.stdout.write(`${JSON.stringify({ exits, after, pipes, stdout })}\n`);
