import { type ChildProcess, spawn } from 'node:child_process';
import type { LaunchContext } from './launcher.ts';

/**
 * Starts a resident `/bin/sh` that reads commands, in a session of its own. `onLine` gets each line of its stderr; `onGone` comes once, when
 * it has ended, or could not be started: then with the system's words. Null: it could not be started. Never throws.
 */
export function startShell(
  { cwd, env }: Pick<LaunchContext, 'cwd' | 'env'>,
  onLine: (line: string) => void,
  onGone: (status: number | null, signal: NodeJS.Signals | null, failure: string | null) => void,
): ChildProcess | null {
  try {
    const child = spawn('/bin/sh', ['-s'], { cwd, env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
    let heard = '';
    let failure: string | null = null;
    child.stdin?.on('error', () => {}); // told by `close`
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (heard + text).split('\n');
      heard = lines.pop() ?? '';
      lines.forEach(onLine);
    });
    child.on('error', (error) => {
      failure = error.message;
      if (child.pid === undefined) onGone(null, null, failure);
    });
    child.on('close', (status, signal) => onGone(status, signal, failure));
    return child;
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    queueMicrotask(() => onGone(null, null, failure));
    return null;
  }
}
