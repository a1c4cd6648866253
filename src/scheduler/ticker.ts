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

/** Time, cut into ticks. */
export type Ticker = {
  /** From now on the boundaries are those of another interval, in seconds; none is lost by the change. */
  setInterval(intervalS: number): void;
  close(): void;
};

/**
 * Calls `onTick` on every boundary until closed. A boundary slept through is dropped, never replayed; a clock that is set back
 * gives no tick twice in a row for the boundary it fired on.
 */
export function startTicker(clock: Clock, firstIntervalS: number, onTick: (tick: Tick) => void): Ticker {
  let intervalS = firstIntervalS;
  let dueMs = 0;
  let timer: Timer = arm();
  function arm(): Timer {
    dueMs = nextBoundaryMs(clock.nowMs(), intervalS);
    const firesAtMs = dueMs;
    return clock.after(dueMs - clock.nowMs(), () => {
      timer = arm(); // before the work, so slow work cannot move the next tick
      tickIfReached(firesAtMs);
    });
  }
  function tickIfReached(boundaryMs: number) {
    const latestMs = latestBoundaryMs(clock.nowMs(), intervalS);
    if (latestMs >= boundaryMs) onTick({ atS: unixSeconds(latestMs / 1000) }); // earlier: the clock was set back; wait for it
  }
  return {
    setInterval(nextS) {
      if (nextS === intervalS) return;
      timer.cancel();
      tickIfReached(dueMs); // it was due in this very moment
      intervalS = nextS;
      timer = arm();
    },
    close: () => timer.cancel(),
  };
}
