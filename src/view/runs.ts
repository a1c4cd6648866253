import type { Advice, ReasonKind } from '../model/advice.ts';
import type { BadLine } from '../model/bad-line.ts';
import type { AgentEvent } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Ending } from '../model/run.ts';
import type { RecentRun } from '../model/status.ts';
import { createRecentRuns, type RecentRuns } from './recent-runs.ts';

/** What this life of the agent has seen of one plugin's runs. `run` is the last that ended. */
export type RunFacts = {
  readonly run: {
    readonly endedAtS: number;
    readonly durationMs: number;
    readonly ending: Ending;
    /** Why it gave no samples, with what to type; null: it exited with 0. */
    readonly failure: Advice<ReasonKind> | null;
    readonly samples: number;
    readonly badLines: number;
    readonly firstBadLines: readonly BadLine[];
    readonly outputBytes: number;
    readonly droppedBytes: number;
    /** Why its output could not be kept or read; null: it could. */
    readonly outputLoss: string | null;
  } | null;
  readonly lastReportAtS: number | null;
  readonly runs: number;
  readonly failuresInARow: number;
  readonly skips: number;
  /** The last lines on stderr of the run that goes on, or else of the last. */
  readonly stderr: readonly string[];
  /** The last runs, oldest first; a new list each time. */
  readonly recent: () => readonly RecentRun[];
};

type Writable<Facts> = { -readonly [Key in keyof Facts]: Facts[Key] };

type EndedRun = NonNullable<RunFacts['run']>;

/** To be written to: a plugin's facts, and those of its run, stay the same objects, for new ones at every event are garbage that lives long. */
type Kept = {
  readonly facts: Writable<RunFacts> & { run: Writable<EndedRun> | null };
  readonly recentRuns: RecentRuns;
};

/** Folds the events of runs into facts, plugin by plugin. */
export type RunFactsKeeper = {
  /** Takes an event in; `nowS` is the wall clock's, in unix seconds. */
  note(event: AgentEvent, nowS: number): void;
  /** As they are now. They change, and so does the `run` in them: what is kept of either is copied. */
  of(file: PluginFile): RunFacts;
  /** Which scripts there are; what is known of others is forgotten. */
  present(files: readonly PluginFile[]): void;
};

const keptStderrLines = 50;
const keptStderrCharacters = 4096;

const noBadLines: readonly BadLine[] = [];

/** Of a plugin that has not run. */
const nothingSeen: RunFacts = {
  run: null,
  lastReportAtS: null,
  runs: 0,
  failuresInARow: 0,
  skips: 0,
  stderr: [],
  recent: () => [],
};

/** Nothing is known yet. What is kept of a plugin is bounded: its last runs, and 4 KiB of stderr. */
export function createRunFacts(): RunFactsKeeper {
  const byFile = new Map<PluginFile, Kept>();
  const losses = new Map<PluginFile, string>(); // told right before the end of the run

  function of(file: PluginFile): RunFacts {
    return byFile.get(file)?.facts ?? nothingSeen;
  }

  function kept(file: PluginFile): Kept {
    const known = byFile.get(file);
    if (known) return known;
    const recentRuns = createRecentRuns();
    const made: Kept = { facts: { ...nothingSeen, recent: recentRuns.list }, recentRuns };
    byFile.set(file, made);
    return made;
  }

  /** Something that is told of a run right after its end. */
  function changeRun(file: PluginFile, part: Partial<EndedRun>) {
    const { run } = kept(file).facts;
    if (run) Object.assign(run, part);
  }

  return {
    note(event, nowS) {
      switch (event.event) {
        case 'run.started':
          if (of(event.plugin).stderr.length > 0) kept(event.plugin).facts.stderr = [];
          return;
        case 'run.stderr': {
          const { facts } = kept(event.plugin);
          facts.stderr = lastOf([...facts.stderr, event.text]);
          return;
        }
        case 'run.skipped':
          kept(event.plugin).facts.skips += 1;
          return;
        case 'run.output-lost':
          return void losses.set(event.plugin, event.detail);
        case 'run.finished': {
          const loss = losses.get(event.plugin) ?? null;
          losses.delete(event.plugin);
          return noteRun(kept(event.plugin), event, loss, nowS);
        }
        case 'run.failed':
          return changeRun(event.plugin, { failure: event.advice });
        case 'run.bad-lines':
          return changeRun(event.plugin, { firstBadLines: event.first });
        case 'run.overflowed':
          return changeRun(event.plugin, { droppedBytes: event.droppedBytes });
        default:
          return;
      }
    },
    of,
    present(files) {
      const there = new Set(files);
      for (const file of byFile.keys()) if (!there.has(file)) byFile.delete(file);
    },
  };
}

function noteRun(
  { facts, recentRuns }: Kept,
  event: Extract<AgentEvent, { event: 'run.finished' }>,
  outputLoss: string | null,
  nowS: number,
): void {
  const { ending, durationMs, samples, badLines, outputBytes } = event;
  const isFailed = ending.kind !== 'exited' || ending.status !== 0;
  const run: EndedRun = {
    endedAtS: nowS,
    durationMs,
    ending,
    failure: null,
    samples,
    badLines,
    firstBadLines: noBadLines,
    outputBytes,
    droppedBytes: 0,
    outputLoss,
  };
  if (facts.run) Object.assign(facts.run, run);
  else facts.run = run;
  if (samples > 0) facts.lastReportAtS = nowS;
  facts.runs += 1;
  facts.failuresInARow = isFailed ? facts.failuresInARow + 1 : 0;
  recentRuns.add({ endedAtS: nowS, durationMs: Math.round(durationMs * 10) / 10, status: statusOf(ending), samples });
}

function statusOf(ending: Ending): number | null {
  return ending.kind === 'exited' || ending.kind === 'signaled' ? ending.status : null;
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
