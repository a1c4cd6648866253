import type { Emit } from '../model/event.ts';
import type { InFlightRun } from '../model/run.ts';
import { isHung } from '../view/hung.ts';
import { currentRun } from '../view/plugin-status.ts';
import { adviceOnHung } from '../view/run-reasons.ts';
import type { View } from '../view/view.ts';

/** What tells which runs are hung. */
type HungRunsDeps = {
  readonly inFlight: () => readonly InFlightRun[];
  readonly view: Pick<View, 'runs'>;
  readonly nowMs: () => number;
  readonly emit: Emit;
};

/**
 * Returns a function that reports runs that have become hung, each once (`run.hung`). To be called
 * at each tick, after its skips. The status decides by the same facts, whenever it is asked.
 */
export function createHungReports({ inFlight, view, nowMs, emit }: HungRunsDeps): () => void {
  const reported = new WeakSet<InFlightRun>();
  return () => {
    for (const entry of inFlight()) {
      if (!entry.isOverdue || entry.skips === 0 || reported.has(entry)) continue;
      const run = currentRun(entry);
      const lastRuns = view.runs(entry.file).durations();
      if (!isHung(run, lastRuns)) continue;
      reported.add(entry);
      const advice = adviceOnHung(run, lastRuns, nowMs() / 1000);
      emit({ event: 'run.hung', plugin: entry.file, pid: run.pid, elapsedMs: entry.elapsedMs(), advice });
    }
  };
}
