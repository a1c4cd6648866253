import type { AgentEvent, BadLine } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Ending } from '../model/run.ts';
import type { RecentRun } from '../model/status.ts';

/** What this life of the agent has seen of one plugin's runs. `run` is the last that ended. */
export type RunFacts = {
  readonly run: {
    readonly endedAtS: number;
    readonly durationMs: number;
    readonly ending: Ending;
    /** Why it gave no samples, with what to type; null: it exited with 0. */
    readonly failure: string | null;
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
  /** The last runs, oldest first. */
  readonly recent: readonly RecentRun[];
};

type KeptFacts = { -readonly [Key in keyof RunFacts]: RunFacts[Key] } & { recent: RecentRun[] };

/** Folds the events of runs into facts, plugin by plugin. */
export type RunFactsKeeper = {
  /** Takes an event in; `nowS` is the wall clock's, in unix seconds. */
  note(event: AgentEvent, nowS: number): void;
  /** As they are now, and change: what is kept of them is copied. */
  of(file: PluginFile): RunFacts;
  /** Which scripts there are; what is known of others is forgotten. */
  present(files: readonly PluginFile[]): void;
};

const keptRuns = 60;
const keptStderrLines = 50;
const keptStderrCharacters = 4096;

const noBadLines: readonly BadLine[] = [];

/** Of a plugin that has not run. */
const nothingSeen: RunFacts = { run: null, lastReportAtS: null, runs: 0, failuresInARow: 0, skips: 0, stderr: [], recent: [] };

/** Nothing is known yet. What is kept of a plugin is bounded: its last run, and 4 KiB of stderr. */
export function createRunFacts(): RunFactsKeeper {
  const byFile = new Map<PluginFile, KeptFacts>();
  const losses = new Map<PluginFile, string>(); // told right before the end of the run

  function of(file: PluginFile): RunFacts {
    return byFile.get(file) ?? nothingSeen;
  }

  /** To be written to: a plugin's facts stay the same object, for a new one at every event is garbage that lives long. */
  function kept(file: PluginFile): KeptFacts {
    const known = byFile.get(file) ?? { ...nothingSeen, recent: [] };
    byFile.set(file, known);
    return known;
  }

  /** Something that is told of a run right after its end. */
  function changeRun(file: PluginFile, part: Partial<NonNullable<RunFacts['run']>>) {
    const facts = kept(file);
    facts.run = facts.run && { ...facts.run, ...part };
  }

  return {
    note(event, nowS) {
      switch (event.event) {
        case 'run.started':
          if (of(event.plugin).stderr.length > 0) kept(event.plugin).stderr = [];
          return;
        case 'run.stderr': {
          const facts = kept(event.plugin);
          facts.stderr = lastOf([...facts.stderr, event.text]);
          return;
        }
        case 'run.skipped':
          kept(event.plugin).skips += 1;
          return;
        case 'run.output-lost':
          return void losses.set(event.plugin, event.detail);
        case 'run.finished': {
          const loss = losses.get(event.plugin) ?? null;
          losses.delete(event.plugin);
          return noteRun(kept(event.plugin), event, loss, nowS);
        }
        case 'run.failed':
          return changeRun(event.plugin, { failure: event.explanation });
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

function noteRun(facts: KeptFacts, event: Extract<AgentEvent, { event: 'run.finished' }>, outputLoss: string | null, nowS: number): void {
  const { ending, durationMs, samples, badLines, outputBytes } = event;
  const isFailed = ending.kind !== 'exited' || ending.status !== 0;
  facts.run = {
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
  if (samples > 0) facts.lastReportAtS = nowS;
  facts.runs += 1;
  facts.failuresInARow = isFailed ? facts.failuresInARow + 1 : 0;
  if (facts.recent.length === keptRuns) facts.recent.shift();
  facts.recent.push({ endedAtS: nowS, durationMs: Math.round(durationMs * 10) / 10, status: statusOf(ending), samples });
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
