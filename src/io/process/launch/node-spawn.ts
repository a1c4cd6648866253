import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { unknownUsage } from '../../../model/run.ts';
import { errnoOf } from '../../errors.ts';
import { signalName, signalNumber } from '../identity.ts';
import { isForShell, notStartedExit, type StartProcess } from './start-process.ts';

/**
 * Starts processes by Node's own `spawn`, where the C library can't be called. On Linux that is a
 * `fork` of this whole process. Node reports no signal that has no name (a real-time signal): such
 * an end counts as status 0.
 */
export const startByNodeSpawn: StartProcess = (call, onEnd) => {
  const { path, args, env, cwd, stdinPath, outPath, errPath } = call;
  const fds: number[] = [];
  const fail = (error: unknown) => {
    const errno = Math.abs(errnoOf(error) ?? constants.errno.EIO);
    // Not every C library starts a shell by itself.
    if (errno === constants.errno.ENOEXEC && path !== '/bin/sh' && isForShell(path))
      startByNodeSpawn({ ...call, path: '/bin/sh', args: [path, ...args] }, onEnd);
    else onEnd(notStartedExit(call, errno), unknownUsage);
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
        unknownUsage, // Node does not say what a process has used
      );
    });
    return child.pid ?? null;
  } catch (error) {
    setImmediate(fail, error); // Node throws ETXTBSY and E2BIG, and emits the others
    return null;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
};
