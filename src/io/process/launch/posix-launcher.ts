import { basename } from 'node:path';
import { unknownUsage } from '../../../model/run.ts';
import type { Clock } from '../../clock.ts';
import { messageOf, systemCodeOf } from '../../errors.ts';
import type { FifoPair } from '../fifo/fifo-pair.ts';
import { FifoPool } from '../fifo/fifo-pool.ts';
import type { MakeFifo } from '../fifo/make-fifo.ts';
import { DescriptorBudget } from './descriptor-budget.ts';
import type { Exit, LaunchContext, Launched, Launcher } from './launcher.ts';
import type { StartProcess } from './start-process.ts';

/** How this host starts processes and makes FIFOs. */
export type ProcessStarter = { readonly start: StartProcess; readonly makeFifo: MakeFifo };

/**
 * What a POSIX launcher needs. `maxIdle` pairs of FIFOs are kept between runs in `pipeDir`, which
 * is made if it is missing, with mode 0700. `recordsRuns`: which script runs is noted there for the
 * next agent.
 */
export type PosixLauncherOptions = LaunchContext & {
  readonly pipeDir: string;
  readonly clock: Clock;
  readonly recordsRuns?: boolean;
};

/**
 * Makes the launcher for POSIX systems: each script writes to a pair of FIFOs, which the next
 * script writes to after it. Throws only if `pipeDir` can't be made.
 */
export function createPosixLauncher(
  { start, makeFifo }: ProcessStarter,
  { pipeDir, clock, recordsRuns = false, ...firstContext }: PosixLauncherOptions,
): Launcher {
  const pairs = new FifoPool(pipeDir, clock, makeFifo, { recordsRuns, onFreed: () => budget.freed() });
  const budget = new DescriptorBudget(
    () => pairs.openPairs(),
    () => pairs.hasIdle(),
  );
  let context = withWorkingDirectory(firstContext);
  /** The contexts of other working directories, each made once: the same environment costs less. */
  let elsewhere = new Map<string, LaunchContext>();

  function contextIn(cwd: string | undefined): LaunchContext {
    if (cwd === undefined || cwd === context.cwd) return context;
    const made = elsewhere.get(cwd) ?? withWorkingDirectory({ ...context, cwd });
    elsewhere.set(cwd, made);
    return made;
  }

  return {
    launch({ path, args, stdinPath, env: ownEnv, file = basename(path), cwd: ownCwd }, output): Launched {
      const { cwd, env: sharedEnv, maxIdle } = contextIn(ownCwd);
      const env = Object.keys(ownEnv).length === 0 ? sharedEnv : { ...sharedEnv, ...ownEnv };
      let pair: FifoPair;
      try {
        pair = pairs.take(file, output);
      } catch (error) {
        const exit = noPairExit(error);
        return { pid: () => null, ended: new Promise((resolve) => setImmediate(resolve, exit)) };
      }
      let pid: number | null = null;
      let used = unknownUsage;
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
        pid = start(call, (exit, usage) => {
          used = usage;
          pair.settle(() => {
            pairs.giveBack(file, pair, maxIdle);
            resolve(exit);
          });
        });
        if (pid === null) pairs.notStarted(pair);
        else pairs.started(pair, pid);
      });
      return { pid: () => pid, usage: () => used, ended };
    },
    renew(changes = {}) {
      context = withWorkingDirectory({ ...context, ...changes });
      elsewhere = new Map();
    },
    async close() {
      pairs.close();
    },
    leftBehind: pairs.leftBehind,
    untilRoom: () => budget.untilRoom(),
    countDescriptors: () => budget.count(),
  };
}

/** Sets `PWD` to the script's working directory, which is not this process's. */
function withWorkingDirectory(context: LaunchContext): LaunchContext {
  return { ...context, env: { ...context.env, PWD: context.cwd } };
}

function noPairExit(error: unknown): Exit {
  const words = messageOf(error);
  const code = systemCodeOf(error);
  return {
    kind: 'not-started',
    failedAt: 'set-up',
    code: code ?? /\bE[A-Z0-9]{2,}\b/.exec(words)?.[0] ?? 'EUNKNOWN',
    words,
  };
}
