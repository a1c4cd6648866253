import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namesIn } from '../src/io/process/proc.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A running built agent in a new folder, with a FIFO for scripts that hang. */
export type SoakAgent = {
  readonly child: ChildProcess;
  readonly scripts: string;
  readonly state: string;
  /** Calls back for each new entry of its JSON log. */
  onEntry(fn: (entry: Readonly<Record<string, unknown>>) => void): void;
  /** Starts it again on the same folder, after a stop. */
  startAgain(): void;
  /** Sends SIGTERM, and waits until it has ended. */
  stop(): Promise<void>;
  /** Lets hung scripts end, and removes everything. */
  clean(): void;
};

/**
 * Installs `fixtures/plugins/NAME` under the given names, calls `prepare` with the state
 * directory, and starts the agent with these flags.
 */
export function startSoakAgent(
  plugins: readonly (readonly [fixture: string, as: string])[],
  flags: readonly string[],
  prepare: (state: string) => void = () => {},
): SoakAgent {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
  const scripts = join(dir, 'scripts');
  mkdirSync(scripts, { mode: 0o700 });
  for (const [fixture, as] of plugins) {
    copyFileSync(join(root, 'fixtures', 'plugins', fixture), join(scripts, as));
    chmodSync(join(scripts, as), 0o700);
  }
  const fifo = join(dir, 'hold');
  execFileSync('mkfifo', [fifo]);
  const holder = spawn(
    '/bin/sh',
    ['-c', `exec 3<>'${fifo}'; read -r _; i=0; while [ $i -lt 1000 ]; do echo >&3; i=$((i + 1)); done; sleep 1`],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const listeners: ((entry: Readonly<Record<string, unknown>>) => void)[] = [];
  const state = join(dir, 'state');
  prepare(state);
  const start = () => {
    const child = spawn(
      process.execPath,
      [join(root, 'dist', 'main.js'), '-e', '-s', scripts, '--state-dir', state, '--debug', ...flags],
      {
        env: { PATH: process.env['PATH'], HOME: dir, HOLD_FIFO: fifo },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) for (const listener of listeners) listener(JSON.parse(line));
    });
    return child;
  };
  let child = start();
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  return {
    get child() {
      return child;
    },
    scripts,
    state,
    onEntry: (fn) => void listeners.push(fn),
    startAgain() {
      child = start();
    },
    stop,
    clean() {
      holder.stdin?.end('\n');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Resident memory of a process in kB (now, and the largest so far), its open descriptors (0 for all
 * but root: an agent hides them from its own user), and zombies among its children.
 */
export function readProcess(pid: number): {
  readonly rssKb: number;
  readonly peakKb: number;
  readonly descriptors: number;
  readonly zombies: number;
} {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const rssKb = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  const peakKb = Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  let zombies = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' && Number(parent) === pid) zombies += 1;
    } catch {
      // the process has ended meanwhile
    }
  }
  return { rssKb, peakKb, descriptors: (namesIn(`/proc/${pid}/fd`) ?? []).length, zombies };
}

/** Waits, in seconds of real time. */
export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
