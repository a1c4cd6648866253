import type { InFlightEntry } from './in-flight.ts';
import type { SchedulerDeps } from './scheduler-deps.ts';

const namedPlugins = 5;

/** Reports the plugins that a tick skips, each as one event, and many at once as one more. */
export class SkipReports {
  readonly #deps: Pick<SchedulerDeps, 'clock' | 'emit'>;
  /** Ticks in a row that have skipped many plugins. */
  #repeat = 0;
  #sinceMs = 0;

  constructor(deps: Pick<SchedulerDeps, 'clock' | 'emit'>) {
    this.#deps = deps;
  }

  /** Counts the skip of each plugin, and reports it. To be called once a tick. */
  report(skipped: readonly InFlightEntry[]): void {
    const { clock, emit } = this.#deps;
    const together = skipped.length;
    const isOneOfMany = together > namedPlugins;
    for (const entry of skipped) {
      entry.skips += 1;
      const { file: plugin, state: reason, skips, isPassedOver } = entry;
      emit({
        event: 'run.skipped',
        plugin,
        reason,
        pid: entry.pid(),
        elapsedMs: entry.elapsedMs(),
        skips,
        isPassedOver,
        isOneOfMany,
      });
    }
    if (!isOneOfMany) {
      this.#repeat = 0;
      return;
    }
    this.#repeat += 1;
    if (this.#repeat === 1) this.#sinceMs = clock.monotonicMs();
    const waiting = skipped.filter(({ state }) => state === 'waiting').length;
    emit({
      event: 'tick.skipped',
      plugins: together,
      waiting,
      running: together - waiting,
      longestMs: Math.max(...skipped.map((entry) => entry.elapsedMs())),
      examples: skipped.slice(0, namedPlugins).map(({ file }) => file),
      repeat: this.#repeat,
      elapsedMs: clock.monotonicMs() - this.#sinceMs,
    });
  }
}
