import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from '../integration/servers/server.ts';

/** What a command in a machine printed, on stdout and stderr, and how it ended. */
export type Ran = { readonly status: number | null; readonly output: string };

/** A throw-away machine with a copy of this one's files. Its network is this one's. */
export type ThrowawayMachine = {
  /** Where its files are for this machine. */
  readonly root: string;
  /**
   * Runs a shell script as root, and gives its output without the last line end. Throws if its
   * status is not 0.
   */
  run(script: string): Promise<string>;
  /** The same, whatever the status. */
  attempt(script: string): Promise<Ran>;
};

/** What is process 1: systemd, or nothing that starts anything. */
export type Init = 'systemd' | 'none';

const script = fileURLToPath(new URL('machine.sh', import.meta.url));

/** Why there can be no such machine here; null: there can. */
export async function machineTrouble(init: Init): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'not root on Linux';
  if (init === 'systemd' && !existsSync('/lib/systemd/systemd')) return 'no systemd here';
  const { said, close } = await boot(init);
  await close();
  return /^ready$/m.test(said) ? null : (/^no .*/m.exec(said)?.[0] ?? `no such machine here: ${said}`);
}

/** Starts one, and waits until it is ready or has said why it can't be. */
async function boot(init: Init): Promise<{ readonly said: string; close(): Promise<void> }> {
  const child = spawn('sh', [script, init], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let said = '';
  const isClear = new Promise<void>((resolve) =>
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/^(ready|no .*)$/m.test(said)) resolve();
    }),
  );
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  await Promise.race([isClear, ended]);
  return {
    said: said + complaint,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Starts a machine. It is gone after the test, with all that runs in it. */
export async function startMachine(init: Init): Promise<ThrowawayMachine> {
  const { said, close } = await boot(init);
  onTestFinished(close);
  const outer = /^outer (\d+)$/m.exec(said)?.[1] ?? '';
  const inner = execFileSync('ps', ['-o', 'pid=', '--ppid', outer], { encoding: 'utf8' }).trim();

  function attempt(text: string): Promise<Ran> {
    const enter = ['--target', inner, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd'];
    const env = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
      LC_ALL: 'C.UTF-8',
    };
    return new Promise((resolve) => {
      const command = execFile(
        'nsenter',
        [...enter, 'sh', '-ec', `exec 2>&1 </dev/null\n${text}`],
        { env },
        (_, stdout) => resolve({ status: command.exitCode, output: stdout.replace(/\n$/, '') }),
      );
    });
  }
  const machine: ThrowawayMachine = {
    root: `/proc/${inner}/root`,
    attempt,
    async run(text) {
      const { status, output } = await attempt(text);
      if (status !== 0) throw new Error(`${text}\nended with ${status}:\n${output}`);
      return output;
    },
  };
  if (init === 'systemd')
    await until(
      () => attempt('systemctl is-active machine.target'),
      ({ status }) => status === 0,
    );
  return machine;
}
