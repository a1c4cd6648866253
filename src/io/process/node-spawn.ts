import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { signalName, signalNumber } from './identity.ts';
import { isForShell, notStartedExit, type StartProcess } from './start-process.ts';

/**
 * Starts processes by Node's own `spawn`, where the C library can't be called: on Linux that is a `fork` of all this process. Of a signal that has no name (a real-time signal)
 * Node tells nothing: such an end counts as status 0.
 */
export const startByNodeSpawn: StartProcess = (call, onEnd) => {
  const { path, args, env, cwd, stdinPath, outPath, errPath } = call;
  const fds: number[] = [];
  const fail = (error: unknown) => {
    const errno = errnoOf(error);
    if (errno === constants.errno.ENOEXEC && path !== '/bin/sh' && isForShell(path))
      startByNodeSpawn({ ...call, path: '/bin/sh', args: [path, ...args] }, onEnd); // not every C library does so by itself
    else onEnd(notStartedExit(call, errno));
  };
  try {
    fds.push(openSync(stdinPath, 'r'), openSync(outPath, 'r+'), openSync(errPath, 'r+'));
    const child = spawn(path, args, { cwd, env, detached: true, stdio: fds });
    child.on('error', fail);
    child.on('exit', (status, signal) => {
      const number = signal === null ? 0 : signalNumber(signal);
      onEnd(
        signal === null
          ? { kind: 'exited', status: (status ?? 0) & 0xff }
          : { kind: 'signaled', signal: signalName(number), status: 128 + number },
      );
    });
    return child.pid ?? null;
  } catch (error) {
    setImmediate(fail, error); // ETXTBSY and E2BIG are thrown, not emitted
    return null;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
};

function errnoOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number'
    ? Math.abs(error.errno)
    : constants.errno.EIO;
}
