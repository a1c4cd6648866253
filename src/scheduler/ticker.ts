import type { Clock, Timer } from '../io/clock.ts';
import type { Tick } from '../model/run.ts';
import { unixSeconds } from '../model/sample.ts';

const slackMs = 5; // timers may fire a little early

/**
 * The first multiple of `intervalS` after `nowMs`, in ms: hosts that share an interval tick
 * together.
 */
export function nextBoundaryMs(nowMs: number, intervalS: number): number {
  return latestBoundaryMs(nowMs, intervalS) + intervalS * 1000;
}

/** The last multiple of `intervalS` at or before `nowMs`, in ms. */
function latestBoundaryMs(nowMs: number, intervalS: number): number {
  const stepMs = intervalS * 1000;
  return Math.floor((nowMs + slackMs) / stepMs) * stepMs;
}

/** A running ticker. */
export type Ticker = {
  /** Changes the interval, in seconds. A boundary that is due now still gives its tick. */
  setInterval(intervalS: number): void;
  close(): void;
};

/**
 * Calls `onTick` on every boundary until closed. A boundary that the host slept through is
 * dropped. A clock that is set back gives no second tick in a row for the same boundary.
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
    if (latestMs < boundaryMs) return; // the clock was set back: the timer that is set now waits for it
    onTick({ atS: unixSeconds(latestMs / 1000) });
  }
  return {
    setInterval(nextS) {
      if (nextS === intervalS) return;
      timer.cancel();
      tickIfReached(dueMs); // its timer may be due at this moment
      intervalS = nextS;
      timer = arm();
    },
    close: () => timer.cancel(),
  };
}
