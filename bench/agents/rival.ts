import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from '../agent.ts';
import { descendants } from '../process-cpu.ts';

/** An agent that runs scripts, as far as it is installed. */
export type Rival = {
  readonly name: string;
  /** The program; looked for on PATH and where daemons lie. */
  readonly program: string;
  /** What a tick is to it, for people. */
  readonly how: string;
  /** The text of a script, where it is to print something else than `NAME VALUE`. */
  readonly script?: (index: number) => string;
  /** Starts it on the scripts `plugin_0` … in the place's folder, with a configuration written there. */
  start(place: Place, program: string, plugins: number): Promise<RunningRival>;
};

/** One that runs. */
export type RunningRival = {
  readonly pid: number;
  /** Resolves when a tick has been through, with how long it took in ms. Every plugin has run once then. */
  tick(): Promise<number>;
  stop(): Promise<void>;
};

/** Where the program is; null: it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Starts it in the foreground, in the place's folder. It says what it has to say into nothing. */
export function startProgram(place: Place, program: string, words: readonly string[]): ChildProcess {
  // as a service has it; where millions are allowed, some of them close as many descriptors before each script
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

/** SIGTERM, and waits for its end. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

/** A port that was free a moment ago, below those that the system picks: some agents take none above. */
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

/** Waits until somebody listens there. Throws after a minute. */
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
  throw new Error(`nobody listens on port ${port}`);
}

/** The next burst in which an agent reaps its children: from the first to the last, after which it has reaped none for a second. In ms. */
export async function nextBurst(pid: number): Promise<number> {
  let parents = [pid, ...descendants(pid)];
  let reaped = faultsOfEnded(parents);
  let firstMs: number | null = null;
  let lastMs = 0;
  const begunMs = performance.now();
  for (let look = 1; firstMs === null || performance.now() - lastMs < 1000; look += 1) {
    if (performance.now() - begunMs > 60_000) throw new Error('no tick has come to its end within a minute');
    await delay(5);
    if (look % 20 === 0) parents = [pid, ...descendants(pid)]; // seldom: to look for all of them takes CPU from what is measured
    const now = faultsOfEnded(parents);
    if (now === reaped) continue;
    reaped = now;
    lastMs = performance.now();
    firstMs ??= lastMs;
  }
  return lastMs - firstMs;
}

/** Page faults of all children of these that have ended: each one that is reaped adds some. */
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
