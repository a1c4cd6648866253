import type { Clock, Timer } from '../io/clock.ts';
import type { Tick } from '../model/run.ts';
import { unixSeconds } from '../model/sample.ts';

const slackMs = 5; // timers may fire a hair early

/** The first multiple of `intervalS` after `nowMs`, in ms: hosts sharing an interval tick together. */
export function nextBoundaryMs(nowMs: number, intervalS: number): number {
  return latestBoundaryMs(nowMs, intervalS) + intervalS * 1000;
}

/** The last multiple of `intervalS` at or before `nowMs`, in ms. */
function latestBoundaryMs(nowMs: number, intervalS: number): number {
  const stepMs = intervalS * 1000;
  return Math.floor((nowMs + slackMs) / stepMs) * stepMs;
}

/**
 * Calls `onTick` on every boundary until closed. A boundary slept through is dropped, never replayed; a clock that is set back
 * gives no tick twice in a row for the boundary it fired on.
 */
export function startTicker(clock: Clock, intervalS: number, onTick: (tick: Tick) => void): { close(): void } {
  let timer: Timer = arm();
  function arm(): Timer {
    const dueMs = nextBoundaryMs(clock.nowMs(), intervalS);
    return clock.after(dueMs - clock.nowMs(), () => {
      timer = arm(); // before the work, so slow work cannot move the next tick
      const latestMs = latestBoundaryMs(clock.nowMs(), intervalS);
      if (latestMs >= dueMs) onTick({ atS: unixSeconds(latestMs / 1000) }); // earlier: the clock was set back; wait for it
    });
  }
  return { close: () => timer.cancel() };
}
