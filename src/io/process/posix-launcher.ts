import type { Clock } from '../clock.ts';
import { messageOf, systemCodeOf } from '../errors.ts';
import type { FifoPair } from './fifo-pair.ts';
import { createFifoPool, type MakeFifo } from './fifo-pool.ts';
import type { Exit, LaunchContext, Launched, Launcher } from './launcher.ts';
import type { StartProcess } from './start-process.ts';

/** How processes and FIFOs are made on a host. */
export type ProcessStarter = { readonly start: StartProcess; readonly makeFifo: MakeFifo };

/** `maxIdle` pairs of FIFOs are kept between runs; `pipeDir` is made when missing, with mode 0700. */
export type PosixLauncherOptions = LaunchContext & { readonly pipeDir: string; readonly clock: Clock };

/** The launcher on POSIX systems: each script writes to FIFOs, which another writes to after it. Throws only if `pipeDir` can't be made. */
export function createPosixLauncher(
  { start, makeFifo }: ProcessStarter,
  { pipeDir, clock, ...shared }: PosixLauncherOptions,
): Launcher {
  const pairs = createFifoPool(pipeDir, clock, makeFifo);
  let context = withOwnDirectory(shared);

  return {
    launch({ path, args, stdinPath, env: own }, output): Launched {
      const { cwd, env: all, maxIdle } = context;
      const env = Object.keys(own).length === 0 ? all : { ...all, ...own };
      let pair: FifoPair;
      try {
        pair = pairs.take(output);
      } catch (error) {
        const exit = withoutPipes(error);
        return { pid: () => null, ended: new Promise((resolve) => setImmediate(resolve, exit)) };
      }
      let pid: number | null = null;
      const ended = new Promise<Exit>((resolve) => {
        const call = {
          path,
          args,
          env,
          cwd,
          stdinPath: stdinPath ?? '/dev/null',
          outPath: pair.outPath,
          errPath: pair.errPath,
        };
        pid = start(call, (exit) =>
          pair.settle(() => {
            pairs.giveBack(pair, maxIdle);
            resolve(exit);
          }),
        );
      });
      return { pid: () => pid, ended };
    },
    renew(changes = {}) {
      context = withOwnDirectory({ ...context, ...changes });
    },
    async close() {
      pairs.close();
    },
  };
}

/** `PWD` is that of the script, not ours. */
function withOwnDirectory(context: LaunchContext): LaunchContext {
  return { ...context, env: { ...context.env, PWD: context.cwd } };
}

function withoutPipes(error: unknown): Exit {
  const words = messageOf(error);
  const code = systemCodeOf(error);
  return {
    kind: 'not-started',
    failedAt: 'set-up',
    code: code ?? /\bE[A-Z0-9]{2,}\b/.exec(words)?.[0] ?? 'EUNKNOWN',
    words,
  };
}
