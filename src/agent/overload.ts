import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { InFlightRun } from '../model/run.ts';
import type { SlotBounds } from '../scheduler/slot-limit.ts';
import { busyPercent } from '../view/run-reasons.ts';
import { readableNumber } from '../words/counted.ts';
import { roughDuration } from '../words/duration.ts';

/** What tells whether the agent is overloaded, and by what. */
export type OverloadDeps = {
  readonly inFlight: () => readonly InFlightRun[];
  /** How many runs may hold a slot now, and how many at most. */
  readonly slots: () => number;
  readonly bounds: () => SlotBounds;
  /** How many plugins there are. */
  readonly plugins: () => number;
  /** How busy the processors were in the last interval, 0 to 100; null: not known. */
  readonly cpuBusyPercent: () => number | null;
  readonly maxConcurrency: () => Config['maxConcurrency'];
  readonly monotonicMs: () => number;
  readonly emit: Emit;
};

/**
 * Returns a function that reports that plugins wait for a slot over two ticks in a row or more
 * (`agent.overloaded`), and that none does any more. To be called at each tick, after its skips.
 */
export function createOverloadReports(deps: OverloadDeps): () => void {
  const { inFlight, slots, plugins, cpuBusyPercent, monotonicMs, emit } = deps;
  let ticks = 0; // in a row
  let sinceMs = 0;
  return () => {
    const late = inFlight().filter(({ state, skips }) => state === 'waiting' && skips > 0);
    const nowMs = monotonicMs();
    if (late.length === 0) {
      if (ticks > 1) emit({ event: 'agent.relieved', elapsedMs: nowMs - sinceMs });
      ticks = 0;
      return;
    }
    ticks += 1;
    const longestWaitMs = late.reduce((longest, entry) => Math.max(longest, entry.elapsedMs()), 0);
    if (ticks === 1) sinceMs = nowMs - longestWaitMs;
    else
      emit({
        event: 'agent.overloaded',
        waiting: late.length,
        plugins: plugins(),
        longestWaitMs,
        slots: slots(),
        cpuBusyPercent: cpuBusyPercent(),
        advice: adviceOnOverload(late.length, longestWaitMs, deps),
        repeat: ticks - 1,
        elapsedMs: nowMs - sinceMs,
      });
  };
}

function adviceOnOverload(waiting: number, longestWaitMs: number, deps: OverloadDeps): Advice<'overloaded'> {
  const of = `${readableNumber(waiting)} of ${readableNumber(deps.plugins())} plugins wait for a slot`;
  const sentence = `${of}, the longest for ${roughDuration(longestWaitMs)}; ${cure(deps)}`;
  return { kind: 'overloaded', sentence, commands: [] };
}

const fewer =
  'raise report_interval under [agent], or interval under [plugin:NAME] of those that take long, ' +
  'or run fewer plugins';

function cure({ slots, bounds, cpuBusyPercent, maxConcurrency }: OverloadDeps): string {
  const busy = cpuBusyPercent();
  const isAuto = maxConcurrency() === 'auto';
  const more = isAuto
    ? `set max_concurrency under [agent] to more than ${slots()}`
    : `set max_concurrency = auto under [agent], or a larger number than ${slots()}`;
  if (busy === null) return `if the CPUs are idle, ${more}; if they are busy, ${fewer}`;
  const cpus = `the CPUs are ${Math.round(busy)} % busy`;
  if (busy >= busyPercent) return `${cpus}, so more slots would not help; ${fewer}`;
  if (!isAuto) return `${cpus}; ${more}`;
  if (slots() < bounds().most) return `${cpus}, and ${slots()} slots are in use; more are added while memory allows it`;
  return `${cpus}, and all ${slots()} slots are in use; ${more}`;
}
