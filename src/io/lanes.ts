import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { type Lane, openLane } from './lane.ts';
import type { Exit, LaunchContext, Launched, Launcher } from './launcher.ts';
import type { Processes } from './processes.ts';

/** What all lanes of an agent share. `maxIdle` lanes are kept between runs; `pipeDir` is made when missing, with mode 0700. */
export type LanesOptions = LaunchContext & {
  readonly pipeDir: string;
  readonly clock: Clock;
  readonly processes: Processes;
};

/**
 * The launcher on POSIX systems: runs each script in a lane that is free, or in a new one. A lane whose script hangs stays
 * with it, and others come up for the rest. Throws only if `pipeDir` can't be made.
 */
export function createLanes({ pipeDir, clock, processes, ...shared }: LanesOptions): Launcher {
  mkdirSync(pipeDir, { recursive: true, mode: 0o700 });
  let context: LaunchContext = shared;
  let idle: Lane[] = [];
  let generation = 0;
  let opened = 0;
  let isClosed = false;

  function takeLane(): Lane {
    for (let lane = idle.pop(); lane; lane = idle.pop()) {
      if (lane.isReusable()) return lane;
      void lane.close();
    }
    return openLane({ ...context, pipePrefix: nextPrefix(), clock, processes });
  }

  /** A former agent may have had the same process id, and its scripts may hold its pipes still. */
  function nextPrefix(): string {
    opened += 1;
    const prefix = join(pipeDir, `${process.pid}-${opened}`);
    return existsSync(`${prefix}.out`) || existsSync(`${prefix}.err`) ? nextPrefix() : prefix;
  }

  return {
    launch(invocation, output): Launched {
      const lane = takeLane();
      const bornIn = generation;
      let pid: number | null = null;
      let isOver = false;
      const ended = new Promise<Exit>((resolve) => {
        lane.run(invocation, output, (exit, lastPid) => {
          pid = lastPid;
          isOver = true;
          if (lane.isIdle() && bornIn === generation && !isClosed && idle.length < context.maxIdle) idle.push(lane);
          else void lane.close();
          resolve(exit);
        });
      });
      return { pid: () => (isOver ? pid : lane.pid()), ended };
    },
    renew(changes = {}) {
      context = { ...context, ...changes };
      generation += 1;
      for (const lane of idle) void lane.close();
      idle = [];
    },
    async close() {
      isClosed = true;
      await Promise.all(idle.map((lane) => lane.close()));
    },
  };
}
