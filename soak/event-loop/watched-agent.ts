import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '../agent.ts';

/** The longest step that is allowed, by the processor time of the agent's main thread. */
export const mostCpuMs = 50;
/** The longest that a status may take: 99 of 100. */
export const mostStatusMs = 100;

const root = fileURLToPath(new URL('../..', import.meta.url));

type StepFigures = { readonly p99: number; readonly max: number };

/** What was measured since the last call of `figures`. Times are in ms. */
export type LoopFigures = {
  readonly wall: StepFigures;
  readonly cpu: StepFigures;
  readonly peakKb: number;
  readonly status: StepFigures & { readonly count: number };
};

/** Where a scene prepares what the agent finds. */
export type WatchedPlace = { readonly dir: string; readonly scripts: string; readonly state: string };

/** A running built agent whose event loop is watched from inside. */
export type WatchedAgent = WatchedPlace & {
  readonly child: ChildProcess;
  /** How many ms after its start it answered for the first time. */
  readonly answeredAfterMs: number;
  /** Asks on the control socket, and resolves to the length of the answer. */
  ask(path: string): Promise<number>;
  /** Follows the events for some seconds. */
  follow(seconds: number): Promise<void>;
  /** Resolves with the next log entry of an event for which `isIt` is true. */
  entry(event: string, isIt?: (entry: Readonly<Record<string, unknown>>) => boolean): Promise<void>;
  /** What was measured since the last call. The status is asked all the time. */
  figures(): Promise<LoopFigures>;
  stop(): Promise<void>;
};

/**
 * Starts the agent on a folder that `prepare` fills, and begins to ask for its status ten times a
 * second. Resolves when it has answered once.
 */
export async function startWatched(
  flags: readonly string[],
  prepare: (place: WatchedPlace) => Promise<void> | void = () => {},
): Promise<WatchedAgent> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
  const place = { dir, scripts: join(dir, 'scripts'), state: join(dir, 'state') };
  for (const folder of [place.scripts, place.state]) mkdirSync(folder, { mode: 0o700 });
  await prepare(place);
  const report = join(dir, 'loop.json');
  const watch = join(root, 'soak', 'loop-watch.mjs');
  const own = ['-e', '-s', place.scripts, '--state-dir', place.state, '-f', join(dir, 'agent.ini'), ...flags];
  const startMs = performance.now();
  const child = spawn(process.execPath, ['--import', watch, join(root, 'dist', 'main.js'), ...own], {
    env: { PATH: process.env['PATH'], HOME: dir, LOOP_WATCH_FILE: report },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const waiting = new Set<(entry: Readonly<Record<string, unknown>>) => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (waiting.size === 0) return;
    for (const line of lines) if (line.startsWith('{')) for (const look of waiting) look(JSON.parse(line));
  });
  const socketPath = join(place.state, 'control.sock');
  const ask = (path: string) => lengthOf(socketPath, path);
  while ((await ask('/status.json').catch(() => null)) === null) await pause(0.002);
  const answeredAfterMs = performance.now() - startMs;
  let times: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const beganMs = performance.now();
      await ask('/status.json').catch(() => {});
      times.push(performance.now() - beganMs);
      await pause(0.1);
    }
  })();
  return {
    ...place,
    child,
    answeredAfterMs,
    ask,
    async follow(seconds) {
      const stream = request({ socketPath, path: '/events' }, (response) => response.resume());
      stream.on('error', () => {});
      stream.end();
      await pause(seconds);
      stream.destroy();
    },
    entry: (event, isIt = () => true) =>
      new Promise((resolve) => {
        const look = (entry: Readonly<Record<string, unknown>>) => {
          if (entry['event'] !== event || !isIt(entry)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      }),
    async figures() {
      rmSync(report, { force: true });
      child.kill('SIGUSR2');
      let text = '';
      while (!text.endsWith('}')) {
        await pause(0.05);
        text = readIfThere(report);
      }
      const sorted = times.toSorted((a, b) => a - b);
      times = [];
      const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
      return { ...JSON.parse(text), status: { p99, max: sorted.at(-1) ?? 0, count: sorted.length } };
    },
    async stop() {
      isOver = true;
      child.kill('SIGTERM');
      await pause(0.2);
      child.kill('SIGTERM'); // now: what is left stays on the disk
      await closed;
      await asking;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function lengthOf(socketPath: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let length = 0;
      response.on('data', (chunk: Uint8Array) => {
        length += chunk.length;
      });
      response.on('end', () => resolve(length));
      response.on('error', reject); // the agent may end in the middle of an answer
    });
    asked.on('error', reject);
    asked.end();
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
