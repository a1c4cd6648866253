import type { AnnotatedOutput } from '../model/annotated.ts';
import type { JudgedScript } from '../model/plugin.ts';
import { type InFlightRun, type LastRun, unknownUsage } from '../model/run.ts';
import type { LastRunStatus } from '../model/run-status.ts';
import { unixSeconds } from '../model/sample.ts';
import type { CurrentRun, PluginDetail, PluginStatus, ShownSetting } from '../model/status.ts';
import { reasonsOf } from './reasons.ts';
import type { RunFacts } from './runs.ts';
import type { Situation } from './situation.ts';
import { stateOf } from './state-table.ts';

/**
 * All that is known of one plugin. `former`: its last run as the store has it, perhaps of a
 * former life of the agent; `output` reads what that run printed.
 */
export type PluginFacts = Situation & {
  readonly script: JudgedScript;
  readonly former: LastRun | null;
  readonly output: () => AnnotatedOutput | null;
  /** How it is run, as configured. */
  readonly settings: () => readonly ShownSetting[];
};

/** A plugin's entry in the list. Never throws. */
export function pluginStatus(known: PluginFacts): PluginStatus {
  const { script, facts, currentRun, former, intervalS } = known;
  const reasons = reasonsOf(known);
  const mayRun = known.isEnabled && known.suspension === null && !script.rejection;
  return {
    file: script.plugin.file,
    name: script.plugin.name,
    path: script.plugin.path,
    state: stateOf(known, reasons),
    reasons,
    intervalS,
    nextDueAtS: mayRun ? known.nextDueAtS : null,
    currentRun,
    lastRun: lastRunStatus(facts.run, former),
    lastReportAtS: facts.lastReportAtS,
    runs: facts.runs,
    failuresInARow: facts.failuresInARow,
    skips: facts.skips,
    beats: facts.beats(),
    ...(known.muted === null ? {} : { muted: known.muted }),
  };
}

/** The list's entry, with the output and stderr of its last run. Never throws. */
export function pluginDetail(known: PluginFacts): PluginDetail {
  const { run, stderr, recent } = known.facts;
  return {
    ...pluginStatus(known),
    firstBadLines: run?.firstBadLines ?? [],
    looksLike: run?.looksLike ?? null,
    stderr,
    output: known.output(),
    recentRuns: recent(),
    settings: known.settings(),
  };
}

function lastRunStatus(run: RunFacts['run'], former: LastRun | null): LastRunStatus | null {
  if (run) {
    const { ending } = run;
    return {
      endedAtS: run.endedAtS,
      durationMs: Math.round(run.durationMs * 10) / 10,
      cpuS: run.cpuS,
      peakMemoryBytes: run.peakMemoryBytes,
      ending: ending.kind,
      status: ending.kind === 'exited' || ending.kind === 'signaled' ? ending.status : null,
      signal: ending.kind === 'signaled' ? ending.signal : null,
      samples: run.samples,
      badLines: run.badLines,
      firstBadLine: run.firstBadLines[0] ?? null,
      outputBytes: run.outputBytes,
      droppedBytes: run.droppedBytes,
      lastStderr: run.lastStderr,
      ...(run.message === null ? {} : { message: run.message }),
      ...(run.checkState === null ? {} : { checkState: run.checkState }),
      ...(run.notFinite === 0 ? {} : { notFinite: run.notFinite }),
    };
  }
  if (!former) return null;
  const { endedAtS, status } = former;
  const unseen = {
    durationMs: null,
    ...unknownUsage,
    ending: null,
    signal: null,
    samples: null,
    badLines: null,
    firstBadLine: null,
    outputBytes: null,
    droppedBytes: null,
    lastStderr: null,
  };
  return { endedAtS: unixSeconds(endedAtS), status, ...unseen };
}

/** A run in flight as its plugin's status shows it. */
export function currentRun(entry: Omit<InFlightRun, 'file'>): CurrentRun {
  const { state, sinceMs, isOverdue, skips } = entry;
  return {
    state,
    pid: entry.pid(),
    sinceS: Math.floor(sinceMs / 1000),
    elapsedS: Math.round(entry.elapsedMs() / 100) / 10,
    isOverdue,
    skips,
  };
}
