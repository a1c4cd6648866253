import type { PluginFile } from '../model/plugin.ts';

/** What is known about a plugin that waits for a slot, or runs, since `sinceMs` of the wall clock. `isOverdue`: it holds no slot any more. `skips` counts the ticks in a row that passed it over. */
export type InFlightEntry = {
  readonly file: PluginFile;
  sinceMs: number;
  state: 'waiting' | 'running';
  pid: () => number | null;
  isOverdue: boolean;
  skips: number;
};

/** The plugins in flight. A plugin is claimed before it is queued and released when its process has ended: never two at a time. */
export type InFlight = {
  /** Null: it is in flight already. */
  claim(file: PluginFile, nowMs: number): InFlightEntry | null;
  release(file: PluginFile): void;
  get(file: PluginFile): InFlightEntry | undefined;
  all(): readonly InFlightEntry[];
};

/** An empty set of claims. */
export function createInFlight(): InFlight {
  const entries = new Map<PluginFile, InFlightEntry>();
  return {
    claim(file, nowMs) {
      if (entries.has(file)) return null;
      const entry: InFlightEntry = { file, sinceMs: nowMs, state: 'waiting', pid: () => null, isOverdue: false, skips: 0 };
      entries.set(file, entry);
      return entry;
    },
    release: (file) => void entries.delete(file),
    get: (file) => entries.get(file),
    all: () => [...entries.values()],
  };
}
