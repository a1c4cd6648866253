import type { Clock } from '../io/clock.ts';
import type { Advice } from '../model/advice.ts';
import type { BadLine } from '../model/bad-line.ts';
import type { AgentEvent, RunFinishedEvent, RunSkippedEvent } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Repeated } from '../model/repeated.ts';
import type { Ending, LeftOutSamples, TakenByHost } from '../model/run.ts';

/**
 * What the log says beside `run.finished` of a run that did not go well, or of one that went well
 * again.
 */
export type RunLine =
  | ({
      readonly event: 'run.failed';
      readonly plugin: PluginFile;
      readonly pid: number | null;
      readonly ending: Ending;
      readonly advice: Advice;
    } & Repeated)
  | {
      readonly event: 'run.recovered';
      readonly plugin: PluginFile;
      readonly failures: number;
      readonly elapsedMs: number;
    }
  | ({
      readonly event: 'run.bad-lines';
      readonly plugin: PluginFile;
      readonly count: number;
      readonly first: readonly BadLine[];
      /** What another format they look like; null: none that is known. */
      readonly looksLike: RunFinishedEvent['looksLike'];
    } & Repeated)
  /** Said once while it lasts, as other collisions are. */
  | ({ readonly event: 'run.collided'; readonly plugin: PluginFile } & TakenByHost)
  | ({
      readonly event: 'run.overflowed';
      readonly plugin: PluginFile;
      readonly keptBytes: number;
      readonly droppedBytes: number;
    } & Repeated)
  | ({
      readonly event: 'run.too-many-samples';
      readonly plugin: PluginFile;
      /** How many were not sent. */
      readonly samples: number;
    } & Pick<LeftOutSamples, 'maxSamples'> &
      Repeated)
  | ({
      readonly event: 'run.too-many-names';
      readonly plugin: PluginFile;
      /** How many were not sent. */
      readonly samples: number;
    } & Pick<LeftOutSamples, 'firstNewName' | 'maxNames'> &
      Repeated)
  /** `repeat` counts the skips of a plugin in a row, over all runs that were skipped by a tick. */
  | (RunSkippedEvent & Pick<Repeated, 'repeat'>);

/** All that the log has a line for. */
export type LoggedEvent = AgentEvent | RunLine;

/**
 * Derives the log's lines from events. Counts how often each trouble of a plugin came in a row.
 */
export type RunLines = {
  /**
   * What is logged for an event, in order: the event itself, and what a finished run adds to it.
   */
  of(event: AgentEvent): readonly LoggedEvent[];
};

/**
 * Creates a derivation for which nothing has happened yet. It must see every event from the start
 * on.
 */
export function createRunLines(clock: Pick<Clock, 'monotonicMs'>): RunLines {
  return new RunTroubles(clock);
}

/** What can be wrong with run after run of a plugin, each counted by itself. */
type TroubleKind =
  | 'failed'
  | 'bad-lines'
  | 'collided'
  | 'overflowed'
  | 'output-lost'
  | 'skipped'
  | 'too-many-samples'
  | 'too-many-names';

/** The troubles of one plugin that last: how often each came in a row, and since when. */
type TroublesOfOne = Map<TroubleKind, { count: number; readonly sinceMs: number }>;

class RunTroubles implements RunLines {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /**
   * The scripts that there are: a run that ends after its script was removed must leave no entry
   * behind.
   */
  readonly #present = new Set<PluginFile>();
  /** Troubles that last, by plugin. A plugin without trouble has no entry. */
  readonly #troubles = new Map<PluginFile, TroublesOfOne>();
  /** Plugins that a tick has skipped since their last run ended. */
  readonly #skipped = new Set<PluginFile>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  of(event: AgentEvent): readonly LoggedEvent[] {
    if (event.event === 'plugin.added' || event.event === 'plugin.rejected') this.#present.add(event.plugin);
    if (event.event === 'plugin.removed') this.#forget(event.plugin);
    if (event.event === 'run.stderr' && event.isUnlogged) return [];
    if (event.event === 'run.skipped') return [this.#skip(event)];
    if (event.event !== 'run.finished') return [event];
    this.#endSkips(event.plugin);
    const isWell = !isTroubled(event) && !this.#troubles.has(event.plugin);
    if (isWell) return [event];
    const { plugin } = event;
    const lines: readonly (LoggedEvent | null)[] = [
      this.#outputLost(event),
      event,
      this.#failed(event),
      this.#badLines(event),
      this.#collided(event),
      this.#overflowed(event),
      this.#tooManySamples(event),
      this.#tooManyNames(event),
    ];
    if (this.#troubles.get(plugin)?.size === 0) this.#troubles.delete(plugin);
    return lines.filter((line) => line !== null);
  }

  /** A plugin that is slow at each run is logged as one that is skipped again and again. */
  #skip(event: RunSkippedEvent): LoggedEvent {
    if (this.#present.has(event.plugin)) this.#skipped.add(event.plugin);
    return { ...event, repeat: this.#again(event.plugin, 'skipped').repeat };
  }

  #endSkips(plugin: PluginFile): void {
    if (this.#skipped.delete(plugin)) return;
    this.#ended(plugin, 'skipped');
    if (this.#troubles.get(plugin)?.size === 0) this.#troubles.delete(plugin);
  }

  #outputLost({ plugin, outputLost }: RunFinishedEvent): LoggedEvent | null {
    if (outputLost !== null)
      return { event: 'run.output-lost', plugin, detail: outputLost, ...this.#again(plugin, 'output-lost') };
    this.#ended(plugin, 'output-lost');
    return null;
  }

  #failed({ plugin, pid, ending, failure }: RunFinishedEvent): LoggedEvent | null {
    if (failure !== null)
      return { event: 'run.failed', plugin, pid, ending, advice: failure, ...this.#again(plugin, 'failed') };
    const trouble = this.#ended(plugin, 'failed');
    return trouble && { event: 'run.recovered', plugin, failures: trouble.repeat, elapsedMs: trouble.elapsedMs };
  }

  /**
   * Of an output that was not read it is not known whether it held bad lines: the count stays as
   * it is.
   */
  #badLines({ plugin, isOutputRead, badLines, firstBadLines, looksLike }: RunFinishedEvent): LoggedEvent | null {
    if (!isOutputRead) return null;
    if (badLines > 0) {
      const repeated = this.#again(plugin, 'bad-lines');
      return { event: 'run.bad-lines', plugin, count: badLines, first: firstBadLines, looksLike, ...repeated };
    }
    this.#ended(plugin, 'bad-lines');
    return null;
  }

  #collided({ plugin, isOutputRead, takenByHost }: RunFinishedEvent): LoggedEvent | null {
    if (!isOutputRead) return null;
    if (takenByHost === null) this.#ended(plugin, 'collided');
    else if (this.#again(plugin, 'collided').repeat === 1) return { event: 'run.collided', plugin, ...takenByHost };
    return null;
  }

  #overflowed({ plugin, outputBytes, droppedBytes }: RunFinishedEvent): LoggedEvent | null {
    if (droppedBytes > 0) {
      const keptBytes = outputBytes - droppedBytes;
      return { event: 'run.overflowed', plugin, keptBytes, droppedBytes, ...this.#again(plugin, 'overflowed') };
    }
    this.#ended(plugin, 'overflowed');
    return null;
  }

  #tooManySamples({ plugin, isOutputRead, leftOut }: RunFinishedEvent): LoggedEvent | null {
    if (!isOutputRead) return null;
    if (leftOut !== null && leftOut.beyond > 0) {
      const { beyond: samples, maxSamples } = leftOut;
      const repeated = this.#again(plugin, 'too-many-samples');
      return { event: 'run.too-many-samples', plugin, samples, maxSamples, ...repeated };
    }
    this.#ended(plugin, 'too-many-samples');
    return null;
  }

  #tooManyNames({ plugin, isOutputRead, leftOut }: RunFinishedEvent): LoggedEvent | null {
    if (!isOutputRead) return null;
    if (leftOut !== null && leftOut.newNames > 0) {
      const { newNames: samples, firstNewName, maxNames } = leftOut;
      const repeated = this.#again(plugin, 'too-many-names');
      return { event: 'run.too-many-names', plugin, samples, firstNewName, maxNames, ...repeated };
    }
    this.#ended(plugin, 'too-many-names');
    return null;
  }

  #forget(plugin: PluginFile): void {
    this.#present.delete(plugin);
    this.#skipped.delete(plugin);
    this.#troubles.delete(plugin);
  }

  #again(plugin: PluginFile, kind: TroubleKind): Repeated {
    if (!this.#present.has(plugin)) return { repeat: 1, elapsedMs: 0 };
    const troubles: TroublesOfOne = this.#troubles.get(plugin) ?? new Map();
    this.#troubles.set(plugin, troubles);
    const nowMs = this.#clock.monotonicMs();
    const trouble = troubles.get(kind) ?? { count: 0, sinceMs: nowMs };
    trouble.count += 1;
    troubles.set(kind, trouble);
    return { repeat: trouble.count, elapsedMs: nowMs - trouble.sinceMs };
  }

  /** Gives the trouble that has ended; null: there was none. */
  #ended(plugin: PluginFile, kind: TroubleKind): Repeated | null {
    const troubles = this.#troubles.get(plugin);
    const trouble = troubles?.get(kind);
    if (!trouble) return null;
    troubles?.delete(kind);
    return { repeat: trouble.count, elapsedMs: this.#clock.monotonicMs() - trouble.sinceMs };
  }
}

function isTroubled({ failure, badLines, droppedBytes, outputLost, takenByHost, leftOut }: RunFinishedEvent): boolean {
  const isAnyLeftOut = takenByHost !== null || leftOut !== null;
  return failure !== null || badLines > 0 || droppedBytes > 0 || outputLost !== null || isAnyLeftOut;
}
