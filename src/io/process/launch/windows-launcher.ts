import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Clock } from '../../clock.ts';
import { messageOf, systemCodeOf } from '../../errors.ts';
import { signalName, signalNumber } from '../identity.ts';
import { type Exit, type LaunchContext, type Launcher, type OutputListener, pipeGraceMs } from './launcher.ts';

/**
 * Makes the launcher for Windows, which has neither `/bin/sh` nor FIFOs: plain `spawn`, plain
 * pipes. Runs `.ps1` files through PowerShell. Works on POSIX systems too, but there scripts can't
 * open `/dev/stderr`, and a run costs more.
 */
export function createWindowsLauncher({
  clock,
  ...shared
}: Pick<LaunchContext, 'cwd' | 'env'> & { readonly clock: Clock }): Launcher {
  let { cwd, env: sharedEnv } = shared;
  return {
    launch({ path, args, stdinPath, env, cwd: ownCwd = cwd }, output) {
      let child: ChildProcess | null = null;
      const ended = new Promise<Exit>((resolve) => {
        let stdin: number | 'ignore' = 'ignore';
        try {
          if (stdinPath !== null) stdin = openSync(stdinPath, 'r');
          const [command, words] = commandFor(path, args);
          child = spawn(command, words, {
            cwd: ownCwd,
            env: { ...sharedEnv, ...env },
            detached: true,
            windowsHide: true,
            stdio: [stdin, 'pipe', 'pipe'],
          });
          follow(child, output, clock, resolve);
        } catch (error) {
          resolve(notStarted(error)); // Node throws ETXTBSY and E2BIG, and emits the others
        } finally {
          if (stdin !== 'ignore') closeSync(stdin);
        }
      });
      return { pid: () => child?.pid ?? null, ended };
    },
    renew(changes = {}) {
      cwd = changes.cwd ?? cwd;
      sharedEnv = changes.env ?? sharedEnv;
    },
    async close() {},
    leftBehind: null,
    untilRoom: () => null,
    countDescriptors: () => ({ limit: null, runs: null, waiting: 0 }),
  };
}

function commandFor(path: string, args: readonly string[]): [string, readonly string[]] {
  return /\.ps1$/i.test(path) ? ['powershell', ['-NoProfile', '-File', path, ...args]] : [path, args];
}

function follow(child: ChildProcess, output: OutputListener, clock: Clock, resolve: (exit: Exit) => void) {
  let isOver = false;
  child.stdout?.on('data', (chunk: Uint8Array) => isOver || output.onStdout(chunk));
  child.stderr?.on('data', (chunk: Uint8Array) => isOver || output.onStderr(chunk));
  const end = (exit: Exit) => {
    isOver = true;
    resolve(exit);
  };
  child.on('error', (error) => end(notStarted(error)));
  child.on('exit', (status, signal) => {
    const exit: Exit = signal
      ? { kind: 'signaled', signal: signalName(signalNumber(signal)), status: 128 + signalNumber(signal) }
      : { kind: 'exited', status: (status ?? 0) & 0xff };
    const grace = clock.after(pipeGraceMs, () => end(exit)); // a grandchild may never close the pipes
    child.on('close', () => {
      grace.cancel();
      end(exit);
    });
  });
}

function notStarted(error: unknown): Exit {
  const code = systemCodeOf(error) ?? 'EUNKNOWN';
  const isStdin = error instanceof Error && 'syscall' in error && error.syscall === 'open';
  return { kind: 'not-started', failedAt: isStdin ? 'set-up' : 'exec', code, words: messageOf(error) };
}
