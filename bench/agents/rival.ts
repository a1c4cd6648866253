import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from '../agent.ts';
import { descendants } from '../process-cpu.ts';

/** Another agent that runs scripts, if it is installed. */
export type Rival = {
  readonly name: string;
  /** The program, looked for on PATH and in the folders of daemons. */
  readonly program: string;
  /** How it was driven, for people. */
  readonly how: string;
  /** The text of a script, if it must print something other than `NAME VALUE`. */
  readonly script?: (index: number) => string;
  /** Starts it with the scripts `plugin_0` … in the folder, and writes its configuration there. */
  start(place: Place, program: string, plugins: number): Promise<RunningRival>;
};

/** A running rival. */
export type RunningRival = {
  readonly pid: number;
  /**
   * Resolves at the end of a tick, when every plugin has run once, with the time it took in ms.
   */
  tick(): Promise<number>;
  stop(): Promise<void>;
};

/** The path of the program; null: it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Starts it in the foreground, in the folder. Its output is dropped. */
export function startProgram(place: Place, program: string, words: readonly string[]): ChildProcess {
  // as for a service: if millions are allowed, some agents close as many descriptors before each
  // script
  const child = spawn('/bin/sh', ['-c', 'ulimit -n 4096; exec "$0" "$@"', program, ...words], {
    cwd: place.dir,
    env: { PATH: process.env['PATH'], HOME: place.dir },
    stdio: 'ignore',
  });
  const leave = () => child.kill();
  process.once('exit', leave);
  child.once('close', () => process.off('exit', leave));
  return child;
}

/** Sends SIGTERM, and waits until it has ended. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

/**
 * A port that was free a moment ago, below those that the system picks: some agents accept no
 * higher port.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
}

/** Waits until a process listens on the port. Throws after a minute. */
export async function whenListening(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await delay(100);
  }
  throw new Error(`no process listens on port ${port}`);
}

/**
 * Waits for the next tick, and measures it in ms: from the first child that the agent reaps to the
 * last. A tick ends when no child was reaped for a second.
 */
export async function nextBurst(pid: number): Promise<number> {
  let parents = [pid, ...descendants(pid)];
  let reaped = faultsOfEnded(parents);
  let firstMs: number | null = null;
  let lastMs = 0;
  const begunMs = performance.now();
  for (let look = 1; firstMs === null || performance.now() - lastMs < 1000; look += 1) {
    if (performance.now() - begunMs > 60_000) throw new Error('no tick ended within a minute');
    await delay(5);
    if (look % 20 === 0) parents = [pid, ...descendants(pid)]; // rarely, because this takes CPU from what is measured
    const now = faultsOfEnded(parents);
    if (now === reaped) continue;
    reaped = now;
    lastMs = performance.now();
    firstMs ??= lastMs;
  }
  return lastMs - firstMs;
}

/** Page faults of all children of these processes that have ended: each reaped child adds some. */
function faultsOfEnded(parents: readonly number[]): number {
  return parents.reduce((sum, each) => sum + endedFaults(each), 0);
}

function endedFaults(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8]);
  } catch {
    return 0;
  }
}
