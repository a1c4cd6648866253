import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A real server in a process of its own. */
export type Server = {
  /** Ends it, as its supervisor would, and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, as a power failure would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Lets it do nothing more, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
};

/**
 * Where a program is, or null: it is not on this machine. `otherFolders` are looked into first.
 */
export function findProgram(name: string, otherFolders: readonly string[] = []): string | null {
  const path = (process.env['PATH'] ?? '').split(':');
  const folders = [...otherFolders, ...path, '/usr/bin', '/usr/sbin'].filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ports of the loopback that no process listens on, none given twice. Port 0 would not do: a server
 * that is down for a while needs its port again, and the system gives such ports to outgoing
 * connections. Those it does not give away begin below 32768; each process of the suite has a
 * hundred of them to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 10_000 + (process.pid % 200) * 100 + (given % 100);
    given += 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}
let given = 0;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Takes what must be done when the servers of a test, or of a whole file, are no longer needed;
 * the last one taken is done first.
 */
export type WhenFinished = (cleanUp: () => void | Promise<void>) => void;

/**
 * Starts a program and waits until `isReady`. It is stopped after the test, or when `whenFinished`
 * says so. Throws, with what it printed, if it ends before that.
 */
export async function startServer(
  program: string,
  args: readonly string[],
  {
    cwd,
    isReady,
    whenFinished = onTestFinished,
  }: { readonly cwd: string; readonly isReady: () => Promise<boolean>; readonly whenFinished?: WhenFinished },
): Promise<Server> {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-10_000);
    });
  }
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const over = (how: string) => {
      printed += how;
      isOver = true;
      resolve();
    };
    child.on('error', (error) => over(error.message));
    child.on('close', (status, signal) => over(`\n(ended: ${signal ?? status})`));
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    await ended;
  };
  whenFinished(() => end('SIGKILL'));
  await until(isReady, (ready) => {
    if (isOver) throw new Error(`${program} ended before it was ready:\n${printed}`);
    return ready;
  });
  return {
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  };
}

/**
 * What `look` gives once it `holds`. The server can only be asked again and again, so there is a
 * pause in between; the test's own limit bounds it.
 */
export async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The text of an answer over HTTP, or null: no answer, or an error. */
export async function ask(url: string, init: RequestInit = {}): Promise<string | null> {
  try {
    const answer = await fetch(url, init);
    const text = await answer.text();
    return answer.ok ? text : null;
  } catch {
    return null;
  }
}
