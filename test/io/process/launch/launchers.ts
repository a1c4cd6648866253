import { execFileSync } from 'node:child_process';
import { constants, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../../src/io/clock.ts';
import { makeFifoByProgram } from '../../../../src/io/process/fifo/make-fifo.ts';
import { processes } from '../../../../src/io/process/identity.ts';
import type { Exit, Invocation, Launched, Launcher } from '../../../../src/io/process/launch/launcher.ts';
import { createLauncher } from '../../../../src/io/process/launch/launchers.ts';
import { startByNodeSpawn } from '../../../../src/io/process/launch/node-spawn.ts';
import { createPosixLauncher } from '../../../../src/io/process/launch/posix-launcher.ts';
import { createWindowsLauncher } from '../../../../src/io/process/launch/windows-launcher.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { turn } from '../../../helpers/turns.ts';

/** Where scripts and pipes of one test live. */
export type Place = { readonly scripts: string; readonly pipes: string };

/** A fresh place; its folder for pipes does not exist yet. */
export function makePlace(): Place {
  const dir = tempDir();
  return { scripts: dir, pipes: join(tempDir(), 'pipes') };
}

/** What a launcher is made with in tests. */
export type Making = {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxIdle?: number;
};

const path = process.env['PATH'] ?? '/bin:/usr/bin';

/** The launcher of this platform: by `posix_spawn`. It is let go when the test is over. */
export function launcherIn(place: Place, { clock = systemClock, env = {}, maxIdle = 4 }: Making = {}): Launcher {
  const options = { cwd: place.scripts, env: { PATH: path, ...env }, pipeDir: place.pipes, maxIdle, clock };
  return closedAtEnd(createLauncher(process.platform, options));
}

/** The same where the C library can't be called: by `fork`. */
function forkingIn(place: Place, { clock = systemClock, env = {}, maxIdle = 4 }: Making = {}): Launcher {
  const options = { cwd: place.scripts, env: { PATH: path, ...env }, pipeDir: place.pipes, maxIdle, clock };
  return closedAtEnd(createPosixLauncher({ start: startByNodeSpawn, makeFifo: makeFifoByProgram }, options));
}

/** Plain `spawn`. */
function spawnerIn(place: Place, { clock = systemClock, env = {} }: Making = {}): Launcher {
  return closedAtEnd(createWindowsLauncher({ cwd: place.scripts, env: { PATH: path, ...env }, clock }));
}

/** Each way to start a script. */
export const launchers = [
  { name: 'posix_spawn', createIn: launcherIn },
  { name: 'fork', createIn: forkingIn },
  { name: 'spawn', createIn: spawnerIn },
];

function closedAtEnd(launcher: Launcher): Launcher {
  onTestFinished(() => launcher.close());
  return launcher;
}

/** One run under way, and what it has written so far. */
export type Observed = Launched & { readonly stdout: () => Buffer; readonly stderr: () => string };

/** Starts a script and copies what it writes. */
export function start(launcher: Launcher, script: string, call: Partial<Invocation> = {}): Observed {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const invocation = { path: script, args: ['0'], stdinPath: null, env: {}, ...call };
  const launched = launcher.launch(invocation, {
    onStdout: (chunk) => out.push(Buffer.from(chunk)),
    onStderr: (chunk) => err.push(Buffer.from(chunk)),
  });
  return { ...launched, stdout: () => Buffer.concat(out), stderr: () => Buffer.concat(err).toString() };
}

/** How a run went. */
export type Outcome = {
  readonly exit: Exit;
  readonly pid: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a script to its end. */
export async function run(launcher: Launcher, script: string, call: Partial<Invocation> = {}): Promise<Outcome> {
  const observed = start(launcher, script, call);
  const exit = await observed.ended;
  return { exit, pid: observed.pid(), stdout: observed.stdout().toString(), stderr: observed.stderr() };
}

/** Gives turns until it holds, under the test's own limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** The living children of this process. */
export function children(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => processes.identify(pid) !== null && parentOf(pid) === process.pid);
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0; // it is gone
  }
}

/** The open descriptors of this process. */
export function descriptors(): string[] {
  return readdirSync('/proc/self/fd');
}

/** A script that prints its process id, waits, and prints `after`. */
export function waiting(place: Place, hold: { readonly path: string }): string {
  return writePlugin(place.scripts, 'waiting', `#!/bin/sh\necho "$$"\nread -r _ < '${hold.path}'\necho after\n`);
}

/** What a descriptor of this process is open on; null if it is closed. */
export function targetOf(fd: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null;
  }
}

/** Makes a FIFO, in a folder of its own if none is given, and returns its path. */
export function makeFifo(dir = tempDir(), name = 'fifo'): string {
  const path = join(dir, name);
  execFileSync('mkfifo', ['-m', '600', path]);
  return path;
}

/** Opens a FIFO for reading and writing, as a script does. */
export function openWriter(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}
