import type { Advice, EndingKind } from '../../src/model/advice.ts';
import { type JudgedScript, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { CurrentRun, SinkStatus } from '../../src/model/status.ts';
import type { PluginFacts } from '../../src/view/plugin-status.ts';
import type { RunFacts } from '../../src/view/runs.ts';
import { reasonOfSink } from '../../src/view/sink-reasons.ts';
import { bareCommands } from '../helpers/own-commands.ts';

/** Noon of a day, as this machine's clocks on the wall have it, in unix seconds. */
export const noonS = new Date(2026, 10, 25, 12, 0, 0).getTime() / 1000;

/** An accepted script that was left alone. */
export function script(file: string, change: Partial<JudgedScript> = {}): JudgedScript {
  const plugin = { file: pluginFile(file), name: pluginName(file), path: `/scripts/${file}` };
  return {
    plugin,
    rejection: null,
    advice: null,
    note: null,
    collision: null,
    freeName: () => 'x_sh.sh',
    isSettled: true,
    ...change,
  };
}

/** Why a run failed, with nothing to type. */
export function failure(sentence: string, kind: EndingKind = 'exit-status'): Advice<EndingKind> {
  return { kind, sentence, commands: [] };
}

/** A run that ended well a second before noon, with two samples. */
export const goodRun: NonNullable<RunFacts['run']> = {
  endedAtS: noonS - 1,
  durationMs: 12.34,
  cpuS: 0.25,
  peakMemoryBytes: 300_000_000,
  ending: { kind: 'exited', status: 0 },
  failure: null,
  samples: 2,
  badLines: 0,
  firstBadLines: [],
  looksLike: null,
  unendedBytes: 0,
  notFinite: 0,
  message: null,
  checkState: null,
  takenByHost: null,
  leftOut: null,
  outputBytes: 20,
  droppedBytes: 0,
  lastStderr: null,
  outputLost: null,
};

/** What is known of a plugin that has had this last run. */
export function facts(run: RunFacts['run'], change: Partial<RunFacts> = {}): RunFacts {
  return {
    run,
    lastReportAtS: null,
    runs: run ? 1 : 0,
    failuresInARow: 0,
    skips: 0,
    lastRunSkips: { waiting: 0, running: 0 },
    stderr: [],
    recent: () => [],
    durations: () => null,
    beats: () => '',
    ...change,
  };
}

/** A plugin that reports, at noon. */
export function known(change: Partial<PluginFacts> = {}): PluginFacts {
  return {
    script: script('x.sh'),
    suspension: null,
    isEnabled: true,
    format: 'native',
    section: '[plugin:x]',
    facts: facts(goodRun),
    former: null,
    output: () => null,
    settings: () => [],
    currentRun: null,
    leftBehind: null,
    unloggedStderr: null,
    shortage: null,
    intervalS: 30,
    muted: null,
    cpuBusyPercent: null,
    nextTickAtS: noonS + 30,
    nextDueAtS: noonS + 30,
    nowS: noonS,
    commands: bareCommands,
    ...change,
  };
}

/** A run that began `elapsedS` seconds before noon. */
export function running(elapsedS: number, change: Partial<CurrentRun> = {}): CurrentRun {
  return { state: 'running', pid: 47, sinceS: noonS - elapsedS, elapsedS, isOverdue: false, skips: 0, ...change };
}

/** A sink that takes what it is sent; with `trouble`, also the reason that goes with it. */
export function sink(change: Partial<Omit<SinkStatus, 'reason'>> = {}): SinkStatus {
  const status = {
    name: 'instrumental',
    address: 'collector.example:8001',
    state: 'connected',
    trouble: null,
    troubleSinceS: null,
    waitingSamples: 0,
    oldestAtS: null,
    lastSentAtS: noonS - 1,
    sentSamples: 2,
    lostSamples: 0,
    droppedSamples: 0,
    ...change,
  } as const satisfies Omit<SinkStatus, 'reason'>;
  const trouble = status.trouble === null ? null : { sentence: status.trouble, commands: [] };
  return { ...status, reason: reasonOfSink(status.name, { state: status.state, trouble }, bareCommands) };
}
