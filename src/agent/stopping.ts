import type { Clock, Timer } from '../io/clock.ts';

/**
 * How an agent stops: in order, with patience for what is under way, until someone asks a second
 * time.
 */
export type Stopping = {
  /**
   * Begins to stop, once. Called again, it ends the patience. Resolves when the agent has
   * stopped.
   */
  stop(reason: string): Promise<void>;
  hasBegun(): boolean;
  /**
   * Waits for work, for `stop_grace` at most; does not wait any more once `stop` was called a
   * second time.
   */
  withinGrace(work: Promise<unknown>): Promise<void>;
};

/** `graceMs` gives `stop_grace`; `inOrder` stops the agent, step by step. */
export function createStopping(
  clock: Clock,
  graceMs: () => number,
  inOrder: (reason: string) => Promise<void>,
): Stopping {
  let stopped: Promise<void> | null = null;
  let hurry = () => {};
  const hurried = new Promise<void>((resolve) => {
    hurry = resolve;
  });
  return {
    stop(reason) {
      if (stopped !== null) hurry();
      stopped ??= inOrder(reason);
      return stopped;
    },
    hasBegun: () => stopped !== null,
    async withinGrace(work) {
      let timer: Timer | null = null;
      const grace = new Promise<void>((resolve) => {
        timer = clock.after(graceMs(), resolve);
      });
      await Promise.race([work, grace, hurried]).finally(() => timer?.cancel());
    },
  };
}
