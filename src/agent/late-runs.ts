import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { View } from '../view/view.ts';
import { createHungReports } from './hung-runs.ts';
import { createOverloadReports } from './overload.ts';
import type { Scripts } from './scripts.ts';
import { slotBounds } from './slot-bounds.ts';

/** What tells which runs are late. `config` gives the configuration in force. */
type LateRunsDeps = {
  readonly scripts: Scripts;
  readonly view: View;
  readonly config: () => Config;
  readonly cpuBusyPercent: () => number | null;
  readonly edges: Edges;
  readonly emit: Emit;
};

/**
 * Returns a function that reports runs that have become hung, and that the agent is overloaded. To
 * be called at each tick, after its skips.
 */
export function createLateReports(deps: LateRunsDeps): () => void {
  const { scripts, view, config, cpuBusyPercent, edges, emit } = deps;
  const { inFlight, slots } = scripts;
  const reportHung = createHungReports({ inFlight, view, nowMs: edges.clock.nowMs, emit });
  const reportOverload = createOverloadReports({
    inFlight,
    slots,
    bounds: () => slotBounds(config(), edges),
    plugins: () => view.totals().pluginsNow,
    cpuBusyPercent,
    maxConcurrency: () => config().maxConcurrency,
    monotonicMs: edges.clock.monotonicMs,
    emit,
  });
  return () => {
    reportHung();
    reportOverload();
  };
}
