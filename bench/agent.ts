import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Collector, startCollector } from './collector.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The built program. */
export const mainFile = join(root, 'dist', 'main.js');

/** A new folder, with a folder for scripts and one for the state in it. `remove` removes it. */
export type Place = { readonly dir: string; readonly scripts: string; readonly state: string; remove(): void };

/** Makes the folder of a bench. */
export function makePlace(): Place {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-bench-'));
  const scripts = join(dir, 'scripts');
  mkdirSync(scripts, { mode: 0o700 });
  const remove = () => {
    process.off('exit', remove);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', remove); // so that a bench that fails leaves no folder behind
  return { dir, scripts, state: join(dir, 'state'), remove };
}

/** Writes `count` `sh` plugins that print a line each, the same at each run. */
export function writeShellPlugins(dir: string, count: number): void {
  writePlugins(dir, count, '1.0');
}

/** Writes `count` `sh` plugins that print a line each, another line at each run. */
export function writeChangingPlugins(dir: string, count: number): void {
  writePlugins(dir, count, '$$'); // the process id of the script
}

function writePlugins(dir: string, count: number, value: string) {
  for (let index = 0; index < count; index += 1)
    writePlugin(join(dir, `plugin_${index}`), `#!/bin/sh\necho "metric_${index} ${value}"\n`);
}

/** Writes an executable script. */
export function writePlugin(path: string, body: string): void {
  writeFileSync(path, body);
  chmodSync(path, 0o700);
}

/** A running built agent, which sends to a collector in a separate process. */
export type BenchAgent = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** When its process was made, by `performance.now()`. */
  readonly startedMs: number;
  readonly collector: Collector;
  /** Resolves with the log's first entry of that event, past or to come. */
  entry(event: string): Promise<Readonly<Record<string, unknown>>>;
  /** Sends SIGTERM to both, and waits until they have ended. */
  stop(): Promise<void>;
};

/** How the agent is started. `config` is the text of a file; without it, host metrics are off. */
export type AgentOptions = {
  readonly config?: string;
  /** The path of the Node that it runs on; by default this process's own. */
  readonly node?: string;
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts the agent in this folder, with `-r` and further flags. */
export async function startMeasuredAgent(
  { dir, scripts, state }: Place,
  flags: readonly string[],
  { config = '[agent]\nhost_metrics = false\n', node = process.execPath, nodeFlags = [], env = {} }: AgentOptions = {},
): Promise<BenchAgent> {
  const collector = await startCollector();
  const file = join(dir, 'agent.ini');
  writeFileSync(file, config, { mode: 0o600 });
  const where = [
    '-k',
    'KEY',
    '-c',
    `tcp://127.0.0.1:${collector.port}`,
    '-H',
    'bench-host',
    '-f',
    file,
    '-e',
    '-s',
    scripts,
    '--state-dir',
    state,
  ];
  const startedMs = performance.now();
  const child = spawn(node, [...nodeFlags, mainFile, ...where, ...flags], {
    env: { PATH: process.env['PATH'], HOME: dir, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const leave = () => child.kill(); // so that a bench that fails leaves no agent behind
  process.once('exit', leave);
  const seen = new Map<string, Readonly<Record<string, unknown>>>();
  const waiters = new Set<() => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = /"event":"([\w.-]+)"/.exec(line)?.[1];
      if (event !== undefined && !seen.has(event)) seen.set(event, JSON.parse(line));
    }
    for (const look of waiters) look();
  });
  const closed = once(child, 'close').finally(() => process.off('exit', leave));
  return {
    pid: child.pid ?? 0,
    child,
    startedMs,
    collector,
    entry: (event) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const entry = seen.get(event);
          if (!entry) return;
          waiters.delete(look);
          resolve(entry);
        };
        waiters.add(look);
        look();
        void closed.then(([status]) => reject(new Error(`the agent ended (${status}) before ${event}`)));
      }),
    async stop() {
      child.kill('SIGTERM');
      await closed;
      await collector.stop();
    },
  };
}

/** Waits until that time, in ms since the epoch; not at all if it has passed. */
export async function until(atMs: number): Promise<void> {
  await delay(Math.max(0, atMs - Date.now()));
}

/**
 * The first multiple of the interval that is at least `leastMs` away, in ms since the epoch: the
 * agent ticks there.
 */
export function nextTickMs(intervalS: number, leastMs: number): number {
  const stepMs = intervalS * 1000;
  return Math.ceil((Date.now() + leastMs) / stepMs) * stepMs;
}
