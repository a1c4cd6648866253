import type { PluginFile } from '../model/plugin.ts';
import type { InFlightRun } from '../model/run.ts';

/** One claim, as the scheduler writes it while the run waits, runs and becomes overdue. */
export type InFlightEntry = { -readonly [Key in keyof InFlightRun]: InFlightRun[Key] } & { readonly file: PluginFile };

/** The plugins in flight. A plugin is claimed before it is queued and released when its process has ended: never two at a time. */
export type InFlightClaims = {
  /** Null: it is in flight already. */
  claim(file: PluginFile, nowMs: number): InFlightEntry | null;
  release(file: PluginFile): void;
  /** Resolves at the next release of this one. */
  released(file: PluginFile): Promise<void>;
  get(file: PluginFile): InFlightEntry | undefined;
  all(): readonly InFlightEntry[];
};

const notKnown = () => null;

/** An empty set of claims. */
export function createInFlight(): InFlightClaims {
  const entries = new Map<PluginFile, InFlightEntry>();
  const waiters = new Map<PluginFile, (() => void)[]>();
  return {
    claim(file, nowMs) {
      if (entries.has(file)) return null;
      const entry: InFlightEntry = {
        file,
        sinceMs: nowMs,
        state: 'waiting',
        pid: notKnown,
        isOverdue: false,
        skips: 0,
      };
      entries.set(file, entry);
      return entry;
    },
    release(file) {
      const entry = entries.get(file);
      if (entry) entry.pid = notKnown; // an entry that waited long stays in the heap for long, and would hold its run there
      entries.delete(file);
      const waiting = waiters.get(file) ?? [];
      waiters.delete(file);
      for (const go of waiting) go();
    },
    released: (file) => new Promise((resolve) => void waiters.set(file, [...(waiters.get(file) ?? []), resolve])),
    get: (file) => entries.get(file),
    all: () => [...entries.values()],
  };
}
