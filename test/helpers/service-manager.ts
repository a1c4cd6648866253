import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import { type Agent, spawnProgram } from './program.ts';

/** What has happened to a watched service, in order. */
export type ServiceEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'aborted' };

/** A service that is kept running, as systemd does with `Type=notify` and `WatchdogSec=`. */
export type WatchedService = {
  readonly events: readonly ServiceEvent[];
  /** The agent of now. */
  agent(): Agent;
  /** The messages so far, their lines apart, without signs of life. */
  lines(): readonly string[];
  until(holds: () => boolean): Promise<void>;
  /** Asks the agent to end. */
  stop(): Promise<number | string | null>;
  /** Ends everything that is left, with SIGKILL. */
  close(): Promise<void>;
};

/**
 * Stands for systemd: starts the program, takes its messages, and where no `WATCHDOG=1` has come
 * for `watchdogMs`, ends it with SIGABRT as systemd does (and SIGCONT, which it sends as well).
 * Starts it again after any end but that of `stop`. `address`: a path, or a name with `@`.
 */
export async function watchedService(
  dir: string,
  address: string,
  watchdogMs: number | null,
  args: readonly string[],
  env: Record<string, string>,
): Promise<WatchedService> {
  const events: ServiceEvent[] = [];
  const waiting = new Set<() => void>();
  let isOver = false;
  let watchdog: NodeJS.Timeout | undefined;
  const script = fileURLToPath(new URL('notify-socket-child.ts', import.meta.url));
  const socket = spawn(process.execPath, [bundle(script, dir), address], { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  let onBound = () => {};
  const bound = new Promise<void>((resolve) => {
    onBound = resolve;
  });
  socket.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message: string = JSON.parse(line);
      if (message === 'bound') onBound();
      else took(message);
    }
  });
  await bound;

  function note(event: ServiceEvent) {
    events.push(event);
    for (const look of [...waiting]) look();
  }

  function took(message: string) {
    note({ kind: 'message', text: message });
    if (/^(WATCHDOG|READY)=1$/m.test(message)) wind();
  }

  /** systemd begins to watch at `READY=1`. */
  function wind() {
    clearTimeout(watchdog);
    if (watchdogMs === null || isOver) return;
    watchdog = setTimeout(() => {
      note({ kind: 'aborted' });
      for (const signal of ['SIGABRT', 'SIGCONT'] as const) agent.process.kill(signal);
    }, watchdogMs);
  }

  function start(): Agent {
    const watch: Record<string, string> = watchdogMs === null ? {} : { WATCHDOG_USEC: String(watchdogMs * 1000) };
    const started = spawnProgram(args, { env: { ...env, ...watch, NOTIFY_SOCKET: address } });
    note({ kind: 'started' });
    void started.exit.then(() => {
      clearTimeout(watchdog);
      if (!isOver) agent = start();
    });
    return started;
  }
  let agent = start();

  return {
    events,
    agent: () => agent,
    lines: () =>
      events
        .flatMap((event) => (event.kind === 'message' ? event.text.split('\n') : []))
        .filter((line) => line !== 'WATCHDOG=1'),
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    stop() {
      isOver = true;
      agent.process.kill('SIGTERM');
      return agent.exit;
    },
    async close() {
      isOver = true;
      clearTimeout(watchdog);
      agent.process.kill('SIGKILL');
      await agent.exit;
      socket.kill('SIGKILL');
      rmSync(join(dir, 'bundle'), { recursive: true, force: true });
    },
  };
}
