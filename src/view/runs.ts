import type { AgentEvent, RunFinishedEvent, RunSkippedEvent } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { RecentRun } from '../model/run-status.ts';
import { type Beats, beatOfRun, beatOfSkip, createBeats } from './beats.ts';
import { isHung } from './hung.ts';
import { createRecentRuns, type RecentRuns, type RunDurations } from './recent-runs.ts';

/** A run that ended, as the status has it. `endedAtS` is the wall clock's, in unix seconds. */
export type EndedRun = Omit<RunFinishedEvent, 'event' | 'plugin' | 'pid' | 'isOutputRead'> & {
  readonly endedAtS: number;
  /** Null: it wrote nothing to stderr. */
  readonly lastStderr: string | null;
};

/** What this life of the agent has seen of one plugin's runs. `run` is the last one that ended. */
export type RunFacts = {
  readonly run: EndedRun | null;
  readonly lastReportAtS: number | null;
  readonly runs: number;
  readonly failuresInARow: number;
  readonly skips: number;
  /** Ticks that skipped its last run because it had to wait, and because it ran for long. */
  readonly lastRunSkips: { readonly waiting: number; readonly running: number };
  /**
   * The last lines on stderr of the run that is running; while that has written none, those of the
   * last one that ended.
   */
  readonly stderr: readonly string[];
  /** The last runs, oldest first; a new list each time. */
  readonly recent: () => readonly RecentRun[];
  /** How long its last runs took (`recent-runs.ts` says which count); null: not known. */
  readonly durations: () => RunDurations | null;
  /** What became of the last ticks at which it was due, oldest first (`Beat`). */
  readonly beats: () => string;
};

type Writable<Facts> = { -readonly [Key in keyof Facts]: Facts[Key] };

/**
 * One plugin's facts, written in place: new objects at every event of 1,000 plugins would be
 * garbage that lives long.
 */
type KeptFacts = {
  readonly facts: Writable<RunFacts> & { run: Writable<EndedRun> | null };
  /** Ticks skipped since its last run ended. */
  readonly skipped: { waiting: number; running: number };
  readonly recentRuns: RecentRuns;
  readonly beats: Beats;
  /**
   * A run has begun, and is not overdue. One that a former agent started is overdue from the start.
   */
  isWithinShare: boolean;
  /** `facts.stderr` is of a former run: the one that is running has written none so far. */
  isStderrOfFormer: boolean;
};

/** Folds the events of runs into facts, plugin by plugin. */
export type RunFactsKeeper = {
  /**
   * Updates the facts from an event; `nowS` is the wall clock's. Must see every event from
   * startup on.
   */
  note(event: AgentEvent, nowS: number): void;
  /**
   * The facts of a plugin as they are now. They and the `run` in them change later: copy what is
   * to be kept.
   */
  of(file: PluginFile): RunFacts;
  /** Drops the facts of scripts that are not among these. */
  present(files: ReadonlySet<PluginFile>): void;
};

const keptStderrLines = 50;
const keptStderrCharacters = 4096;

const neverRan: RunFacts = {
  run: null,
  lastReportAtS: null,
  runs: 0,
  failuresInARow: 0,
  skips: 0,
  lastRunSkips: { waiting: 0, running: 0 },
  stderr: [],
  recent: () => [],
  durations: () => null,
  beats: () => '',
};

/**
 * Creates facts for which nothing has happened yet. Each plugin's are bounded: 60 recent runs,
 * and 4 KiB of stderr.
 */
export function createRunFacts(): RunFactsKeeper {
  return new EventRuns();
}

class EventRuns implements RunFactsKeeper {
  readonly #byFile = new Map<PluginFile, KeptFacts>();
  /**
   * What the store has reported of lost output since the last run of a plugin ended. It belongs
   * to the run that ends next.
   */
  readonly #losses = new Map<PluginFile, string>();

  of(file: PluginFile): RunFacts {
    return this.#byFile.get(file)?.facts ?? neverRan;
  }

  note(event: AgentEvent, nowS: number): void {
    switch (event.event) {
      case 'run.started':
        this.#started(event.plugin);
        return;
      case 'run.overdue':
        this.#kept(event.plugin).isWithinShare = false;
        return;
      case 'run.finished':
        this.#finished(event, nowS);
        return;
      case 'run.stderr': {
        const kept = this.#kept(event.plugin);
        forgetFormerStderr(kept);
        kept.facts.stderr = lastOf([...kept.facts.stderr, event.text]);
        return;
      }
      case 'run.skipped':
        this.#skipped(event);
        return;
      case 'run.output-lost':
        return void this.#losses.set(event.plugin, event.detail);
      default:
    }
  }

  present(files: ReadonlySet<PluginFile>): void {
    for (const kept of [this.#byFile, this.#losses])
      for (const file of kept.keys()) if (!files.has(file)) kept.delete(file);
  }

  #started(plugin: PluginFile): void {
    const kept = this.#kept(plugin);
    kept.isWithinShare = true;
    if (kept.facts.stderr.length > 0) kept.isStderrOfFormer = true;
  }

  #skipped(event: RunSkippedEvent): void {
    const { facts, skipped, beats, isWithinShare, recentRuns } = this.#kept(event.plugin);
    facts.skips += 1;
    if (event.reason !== 'left-behind') skipped[event.isPassedOver ? 'waiting' : 'running'] += 1;
    const run = { isOverdue: !isWithinShare, skips: event.skips, elapsedS: event.elapsedMs / 1000 };
    beats.add(beatOfSkip(event, event.reason === 'running' && isHung(run, recentRuns.durations())));
  }

  #finished(event: RunFinishedEvent, nowS: number): void {
    const { plugin, durationMs, ending, failure, samples } = event;
    const kept = this.#kept(plugin);
    const { facts, recentRuns, beats } = kept;
    forgetFormerStderr(kept);
    const outputLost = event.outputLost ?? this.#losses.get(plugin) ?? null;
    this.#losses.delete(plugin);
    const run: EndedRun = {
      endedAtS: nowS,
      durationMs,
      cpuS: event.cpuS,
      peakMemoryBytes: event.peakMemoryBytes,
      ending,
      failure,
      samples,
      badLines: event.badLines,
      firstBadLines: event.firstBadLines,
      looksLike: event.looksLike,
      unendedBytes: event.unendedBytes,
      notFinite: event.notFinite,
      message: event.message,
      checkState: event.checkState,
      takenByHost: event.takenByHost,
      leftOut: event.leftOut,
      outputBytes: event.outputBytes,
      droppedBytes: event.droppedBytes,
      outputLost,
      lastStderr: facts.stderr.at(-1) ?? null,
    };
    if (facts.run) Object.assign(facts.run, run);
    else facts.run = run;
    if (kept.skipped.waiting + kept.skipped.running + facts.lastRunSkips.waiting + facts.lastRunSkips.running > 0) {
      facts.lastRunSkips = { ...kept.skipped };
      Object.assign(kept.skipped, neverRan.lastRunSkips);
    }
    if (samples > 0) facts.lastReportAtS = nowS;
    facts.runs += 1;
    facts.failuresInARow = failure === null ? 0 : facts.failuresInARow + 1;
    const status = ending.kind === 'exited' || ending.kind === 'signaled' ? ending.status : null;
    recentRuns.add({
      endedAtS: nowS,
      durationMs: Math.round(durationMs * 10) / 10,
      status,
      samples,
      cpuS: event.cpuS,
      peakMemoryBytes: event.peakMemoryBytes,
    });
    beats.add(beatOfRun(event, outputLost !== null));
    kept.isWithinShare = false;
  }

  #kept(file: PluginFile): KeptFacts {
    const known = this.#byFile.get(file);
    if (known) return known;
    const recentRuns = createRecentRuns();
    const { list: recent, durations } = recentRuns;
    const beats = createBeats();
    const made: KeptFacts = {
      facts: { ...neverRan, recent, durations, beats: beats.text },
      skipped: { waiting: 0, running: 0 },
      recentRuns,
      beats,
      isWithinShare: false,
      isStderrOfFormer: false,
    };
    this.#byFile.set(file, made);
    return made;
  }
}

function forgetFormerStderr(kept: KeptFacts): void {
  if (kept.isStderrOfFormer) kept.facts.stderr = [];
  kept.isStderrOfFormer = false;
}

/** The last lines that fit. */
function lastOf(lines: readonly string[]): readonly string[] {
  let characters = 0;
  const first = lines.findLastIndex((line, index) => {
    characters += line.length;
    return characters > keptStderrCharacters || lines.length - index > keptStderrLines;
  });
  return lines.slice(first + 1);
}
