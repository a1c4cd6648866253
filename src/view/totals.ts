import type { AgentEvent, RunFinishedEvent } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';

/**
 * Counts since the agent started, and, where the name ends in `Now`, what is the case at this
 * moment.
 */
export type Totals = {
  readonly runs: number;
  /** Runs whose output did not count: most often, they did not exit with 0. */
  readonly runsFailed: number;
  readonly runsOverdue: number;
  readonly runsHung: number;
  readonly runsInFlightNow: number;
  readonly runsOverdueNow: number;
  readonly runsHungNow: number;
  readonly skips: number;
  readonly samplesRead: number;
  readonly badLines: number;
  /** Runs that printed more than is kept. */
  readonly outputOverflows: number;
  /** Accepted plugins, without those of suspended directories. */
  readonly pluginsNow: number;
  readonly pluginsRejectedNow: number;
  /** How often storing began to fail. */
  readonly storeFailures: number;
  /** Samples that were lost with a damaged database, or when the agent ended. */
  readonly samplesLost: number;
};

/** Counts runs, scripts and failures of the store by events. */
export type TotalsKeeper = {
  /** Updates the counts from an event. Must see every event from startup on. */
  note(event: AgentEvent): void;
  read(): Totals;
};

/**
 * Creates counts that are 0. Each event costs the same, however many came before; a plugin leaves
 * nothing behind when it is gone.
 */
export function createTotals(): TotalsKeeper {
  return new EventTotals();
}

class EventTotals implements TotalsKeeper {
  readonly #counts = {
    runs: 0,
    runsFailed: 0,
    runsOverdue: 0,
    runsHung: 0,
    skips: 0,
    samplesRead: 0,
    badLines: 0,
    outputOverflows: 0,
    storeFailures: 0,
    samplesLost: 0,
  };
  readonly #accepted = new Set<PluginFile>();
  readonly #rejected = new Set<PluginFile>();
  readonly #inFlight = new Set<PluginFile>();
  readonly #overdue = new Set<PluginFile>();
  readonly #hung = new Set<PluginFile>();
  /** The names of suspended directories; that of the script directory is empty. */
  readonly #suspended = new Set<string>();
  /** How many samples waited in the database that was set aside last: lost, unless salvaged. */
  #inDamaged = 0;

  note(event: AgentEvent): void {
    switch (event.event) {
      case 'run.started': // the two that come most often
      case 'run.survived':
        this.#inFlight.add(event.plugin);
        return;
      case 'run.finished':
        this.#finished(event);
        return;
      case 'run.survivor-ended':
        this.#ended(event.plugin);
        return;
      case 'run.overdue':
        this.#counts.runsOverdue += 1;
        if (this.#inFlight.has(event.plugin)) this.#overdue.add(event.plugin);
        return;
      case 'run.hung':
        this.#counts.runsHung += 1;
        if (this.#inFlight.has(event.plugin)) this.#hung.add(event.plugin);
        return;
      case 'run.skipped':
        this.#counts.skips += 1;
        return;
      case 'store.failed':
        this.#counts.storeFailures += 1;
        return;
      case 'store.lost':
        this.#counts.samplesLost += event.samples;
        return;
      case 'store.set-aside':
        this.#inDamaged = event.samples ?? 0;
        this.#counts.samplesLost += this.#inDamaged;
        return;
      case 'store.salvaged':
        this.#counts.samplesLost += event.lost - this.#inDamaged;
        this.#inDamaged = 0;
        return;
      default:
        this.#noteScripts(event);
    }
  }

  read(): Totals {
    return {
      ...this.#counts,
      runsInFlightNow: this.#inFlight.size,
      runsOverdueNow: this.#overdue.size,
      runsHungNow: this.#hung.size,
      pluginsNow: this.#suspended.size === 0 ? this.#accepted.size : this.#running(),
      pluginsRejectedNow: this.#rejected.size,
    };
  }

  #running(): number {
    return [...this.#accepted].filter((file) => !this.#suspended.has(directoryInFront(file))).length;
  }

  #finished(run: RunFinishedEvent): void {
    const counts = this.#counts;
    this.#ended(run.plugin);
    counts.runs += 1;
    if (run.failure !== null) counts.runsFailed += 1;
    if (run.droppedBytes > 0) counts.outputOverflows += 1;
    counts.samplesRead += run.samples;
    counts.badLines += run.badLines;
  }

  #ended(file: PluginFile): void {
    this.#inFlight.delete(file);
    this.#overdue.delete(file);
    this.#hung.delete(file);
  }

  #noteScripts(event: AgentEvent): void {
    switch (event.event) {
      case 'plugin.added':
        this.#suspended.delete(directoryInFront(event.plugin)); // which may be another one of the same name
        this.#rejected.delete(event.plugin);
        this.#accepted.add(event.plugin);
        return;
      case 'plugin.rejected':
        this.#accepted.delete(event.plugin);
        this.#rejected.add(event.plugin);
        return;
      case 'plugin.removed':
        this.#accepted.delete(event.plugin);
        this.#rejected.delete(event.plugin);
        return;
      case 'plugins.suspended':
        this.#suspended.add(event.directory ?? '');
        return;
      case 'plugins.resumed':
        this.#suspended.delete(event.directory ?? '');
        return;
      default:
    }
  }
}

/** The directory that stands before the file of a plugin; empty: that is the script directory. */
function directoryInFront(file: PluginFile): string {
  return file.slice(0, Math.max(0, file.indexOf('/')));
}
