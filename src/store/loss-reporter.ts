import type { Clock } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import { type Loss, sumOfLosses } from './spool/blocks.ts';
import type { SpoolLosses } from './spool/options.ts';

/**
 * Reports losses as events; repeated ones with how often they happened in a row and since when.
 */
export type LossReporter = SpoolLosses & {
  /** An output could not be kept for the next run of its plugin, or could not be read. */
  outputLost(plugin: PluginFile, detail: string): void;
  /** An output was kept: the trouble is over for this plugin. */
  outputKept(plugin: PluginFile): void;
  /** Drops what is remembered of scripts that no longer exist. */
  present(files: ReadonlySet<PluginFile>): void;
};

/** Creates a reporter for which nothing was lost yet. */
export function createLossReporter(clock: Clock, emit: Emit): LossReporter {
  const overflows = new Map<string, { readonly loss: Loss; readonly repeat: number; readonly sinceMs: number }>();
  const outputs = new Map<PluginFile, { readonly repeat: number; readonly sinceMs: number }>();
  return {
    lost(sink, bound, loss) {
      const former = overflows.get(sink) ?? { loss: null, repeat: 0, sinceMs: clock.monotonicMs() };
      const all = sumOfLosses(former.loss === null ? [loss] : [former.loss, loss]) ?? loss;
      const repeat = former.repeat + 1;
      overflows.set(sink, { loss: all, repeat, sinceMs: former.sinceMs });
      emit({ event: 'spool.overflowed', sink, bound, ...all, repeat, elapsedMs: clock.monotonicMs() - former.sinceMs });
    },
    caughtUp(sink) {
      const former = overflows.get(sink);
      if (!overflows.delete(sink) || !former) return;
      const { loss, sinceMs } = former;
      emit({ event: 'spool.relieved', sink, samples: loss.samples, elapsedMs: clock.monotonicMs() - sinceMs });
    },
    unreadable: (sink, samples) => emit({ event: 'spool.unreadable', sink, samples }),
    forgotten({ sink, samples, keptForS, absentS }) {
      if (samples > 0 && keptForS > 0) emit({ event: 'spool.forgotten', sink, samples, elapsedMs: absentS * 1000 });
    },
    outputLost(plugin, detail) {
      const former = outputs.get(plugin) ?? { repeat: 0, sinceMs: clock.monotonicMs() };
      const repeat = former.repeat + 1;
      outputs.set(plugin, { repeat, sinceMs: former.sinceMs });
      emit({ event: 'run.output-lost', plugin, detail, repeat, elapsedMs: clock.monotonicMs() - former.sinceMs });
    },
    outputKept: (plugin) => void outputs.delete(plugin),
    present(files) {
      for (const plugin of outputs.keys()) if (!files.has(plugin)) outputs.delete(plugin);
    },
  };
}
