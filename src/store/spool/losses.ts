import type { Clock } from '../../io/clock.ts';
import type { Emit } from '../../model/event.ts';
import type { PluginFile } from '../../model/plugin.ts';
import { type Loss, sumOfLosses } from './blocks.ts';
import type { Forgotten } from './positions.ts';

/** Tells what is lost, with how often it came in a row and since when. */
export type LossTeller = {
  /** The oldest samples went before a sink had them. */
  lost(sink: string, bound: 'max_size' | 'memory', loss: Loss): void;
  /** A sink has everything that is left: its losses, if there were any, are over. */
  caughtUp(sink: string): void;
  /** Samples of a batch could not be read back. */
  unreadable(sink: string, samples: number): void;
  /** What waited for a sink that the agent ran without is given up. */
  forgotten(what: Forgotten): void;
  /** An output could not be kept for the next run of its plugin, or not be read. */
  outputLost(plugin: PluginFile, detail: string): void;
  /** One could: for this plugin the trouble is over. */
  outputKept(plugin: PluginFile): void;
  /** Which scripts there are now; what troubled others is forgotten. */
  present(files: readonly PluginFile[]): void;
};

/** Nothing is lost yet. */
export function createLossTeller(clock: Clock, emit: Emit): LossTeller {
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
      emit({
        event: 'spool.relieved',
        sink,
        samples: former.loss.samples,
        elapsedMs: clock.monotonicMs() - former.sinceMs,
      });
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
      for (const plugin of outputs.keys()) if (!files.includes(plugin)) outputs.delete(plugin);
    },
  };
}
