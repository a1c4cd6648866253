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
  readonly recent: RecentRun[];
};

/** Folds the events of runs into facts, plugin by plugin. */
export type RunFactsKeeper = {
  /** Takes an event in; `nowS` is the wall clock's, in unix seconds. */
  note(event: AgentEvent, nowS: number): void;
  of(file: PluginFile): RunFacts;
  /** Which scripts there are; what is known of others is forgotten. */
  present(files: readonly PluginFile[]): void;
};

const keptRuns = 60;
const keptStderrLines = 50;
const keptStderrCharacters = 4096;

/** Of a plugin that has not run. */
const nothingSeen: RunFacts = { run: null, lastReportAtS: null, runs: 0, failuresInARow: 0, skips: 0, stderr: [], recent: [] };

/** Nothing is known yet. What is kept of a plugin is bounded: its last run, and 4 KiB of stderr. */
export function createRunFacts(): RunFactsKeeper {
  const byFile = new Map<PluginFile, RunFacts>();
  const losses = new Map<PluginFile, string>(); // told right before the end of the run

  function of(file: PluginFile): RunFacts {
    return byFile.get(file) ?? nothingSeen;
  }

  function change(file: PluginFile, make: (facts: RunFacts) => Partial<RunFacts>) {
    const facts = of(file);
    byFile.set(file, { ...facts, ...make(facts) });
  }

  /** Something that is told of a run right after its end. */
  function changeRun(file: PluginFile, part: Partial<NonNullable<RunFacts['run']>>) {
    change(file, ({ run }) => ({ run: run && { ...run, ...part } }));
  }

  return {
    note(event, nowS) {
      switch (event.event) {
        case 'run.started':
          if (of(event.plugin).stderr.length > 0) change(event.plugin, () => ({ stderr: [] }));
          return;
        case 'run.stderr':
          return change(event.plugin, ({ stderr }) => ({ stderr: lastOf([...stderr, event.text]) }));
        case 'run.skipped':
          return change(event.plugin, ({ skips }) => ({ skips: skips + 1 }));
        case 'run.output-lost':
          return void losses.set(event.plugin, event.detail);
        case 'run.finished': {
          const loss = losses.get(event.plugin) ?? null;
          losses.delete(event.plugin);
          return change(event.plugin, (facts) => afterRun(facts, event, loss, nowS));
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

function afterRun(
  facts: RunFacts,
  event: Extract<AgentEvent, { event: 'run.finished' }>,
  outputLoss: string | null,
  nowS: number,
): Partial<RunFacts> {
  const { ending, durationMs, samples, badLines, outputBytes } = event;
  const isFailed = ending.kind !== 'exited' || ending.status !== 0;
  return {
    run: {
      endedAtS: nowS,
      durationMs,
      ending,
      failure: null,
      samples,
      badLines,
      firstBadLines: [],
      outputBytes,
      droppedBytes: 0,
      outputLoss,
    },
    lastReportAtS: samples > 0 ? nowS : facts.lastReportAtS,
    runs: facts.runs + 1,
    failuresInARow: isFailed ? facts.failuresInARow + 1 : 0,
    recent: after(facts.recent, { endedAtS: nowS, durationMs: Math.round(durationMs * 10) / 10, status: statusOf(ending), samples }),
  };
}

/** The last ones, oldest first; in place, for each plugin's list is its own. */
function after(recent: RecentRun[], run: RecentRun): RecentRun[] {
  if (recent.length === 0) return [run];
  if (recent.length === keptRuns) recent.shift();
  recent.push(run);
  return recent;
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
