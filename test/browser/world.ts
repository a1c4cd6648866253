import { annotate } from '../../src/formats/annotate.ts';
import type { Reason, ReasonKind } from '../../src/model/advice.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import type { PluginDetail, PluginState, SinkStatus } from '../../src/model/status.ts';
import { shortDuration } from '../../src/words/duration.ts';
import type { World } from './make-believe-agent.ts';

const host = 'web-1';
const scripts = '/etc/instrumental_scripts';
const intervalS = 30;

/** What is to be made up of a plugin; the rest follows. `stdout` is judged by the agent's own parser. */
export type MadeUpPlugin = {
  readonly file: string;
  readonly state?: PluginState;
  readonly reasons?: readonly Reason[];
  readonly stdout?: string;
  readonly stderr?: readonly string[];
  readonly status?: number;
  readonly durationMs?: number;
  /** It runs, and has done so for that long. */
  readonly runningForS?: number;
  readonly hasRun?: boolean;
};

/** A host on which all is well: no plugins yet, one sink, a day of host metrics. */
export function makeWorld(nowS: number): World {
  const atS = Math.floor(nowS);
  const samples: World['samples'] = new Map();
  const lastTickAtS = Math.floor(atS / intervalS) * intervalS;
  const wave = (at: number, periodS: number) => Math.sin((at / periodS) * 2 * Math.PI);
  curve(samples, `${host}.cpu.in_use`, lastTickAtS, (at) => 22 + 9 * wave(at, 5400) + 5 * noise(at));
  curve(samples, `${host}.memory.available_percent`, lastTickAtS, (at) => 58 + 3 * wave(at, 20_000) + 0.5 * noise(at));
  curve(samples, `${host}.load.1min`, lastTickAtS, (at) => Math.max(0, 1.1 + 0.6 * wave(at, 3000) + 0.4 * noise(at)));
  curve(samples, `${host}.disk.root.available_percent`, lastTickAtS, (at) => 41 - ((at % 86_400) / 86_400) * 2);
  return {
    samples,
    historyOff: null,
    refuses: false,
    plugins: new Map(),
    agent: {
      format: 1,
      version: '2.0.0',
      hostname: host,
      pid: 812,
      stateDir: '/var/lib/instrument_server',
      atS,
      startedAtS: atS - 273_900,
      intervalS,
      lastTickAtS,
      isStopping: false,
      configurationProblems: [],
      dashboardUrl: null,
      scripts: { isEnabled: true, location: scripts, suspension: null },
      sinks: [sink({})],
      storeFailure: null,
      totals: { runs: 0, runsFailed: 0, skips: 0, samplesRead: 0, badLines: 0 },
      usage: { rssBytes: 61_000_000, cpuS: 41 },
    },
  };
}

/** A sink to which everything arrives, but for what is said. */
export function sink(said: Partial<SinkStatus>): SinkStatus {
  return {
    name: 'instrumental',
    address: 'tls://collector.instrumentalapp.com:8001',
    state: 'connected',
    trouble: null,
    troubleSinceS: null,
    waitingSamples: 0,
    oldestAtS: null,
    lastSentAtS: Math.floor(Date.now() / 1000) - 4,
    sentSamples: 182_404,
    lostSamples: 0,
    droppedSamples: 0,
    ...said,
  };
}

/** Puts a plugin into a world, or another one in its place, with an hour of samples of each metric it printed. */
export function install(world: World, made: MadeUpPlugin): PluginDetail {
  const {
    file,
    state = 'ok',
    reasons = [],
    stdout = 'value 1\n',
    stderr = [],
    status = 0,
    durationMs = 21,
    runningForS,
    hasRun = true,
  } = made;
  const { atS, lastTickAtS } = world.agent;
  const endedAtS = (lastTickAtS ?? atS) + 1;
  const name = file.replace(/\.[^.]+$/, '').replace(/[^\w-]/g, '_');
  const output = annotate(
    new TextEncoder().encode(stdout),
    { prefix: `${host}.${name}`, endedAtS: unixSeconds(endedAtS), truncated: false },
    200,
  );
  const samples = status === 0 ? output.samples : 0;
  for (const { verdict } of output.lines) {
    if (verdict.kind !== 'sample' || status !== 0) continue;
    const { value, metric } = verdict;
    const swing = value * 0.2;
    curve(
      world.samples,
      metric,
      endedAtS,
      (at) => (at === endedAtS ? value : value + swing * Math.sin(at / 700) + (swing / 3) * noise(at)),
      3600,
    );
  }
  const plugin: PluginDetail = {
    file,
    name,
    path: `${scripts}/${file}`,
    state,
    reasons,
    intervalS,
    nextDueAtS:
      state === 'rejected' || state === 'suspended' || state === 'disabled' ? null : (lastTickAtS ?? atS) + intervalS,
    currentRun:
      runningForS === undefined
        ? null
        : {
            state: 'running',
            pid: 4711,
            sinceS: atS - runningForS,
            elapsedS: runningForS,
            isOverdue: state === 'hung',
            skips: Math.floor(runningForS / intervalS),
          },
    lastRun: hasRun
      ? {
          endedAtS,
          durationMs,
          ending: 'exited',
          status,
          signal: null,
          samples,
          badLines: output.badLines,
          outputBytes: stdout.length,
          droppedBytes: 0,
        }
      : null,
    lastReportAtS: hasRun && samples > 0 ? endedAtS : null,
    runs: hasRun ? 9130 : 0,
    failuresInARow: status === 0 ? 0 : 14,
    skips: 0,
    firstBadLines: [],
    stderr,
    output: hasRun ? output : null,
    recentRuns: hasRun
      ? Array.from({ length: 60 }, (_, index) => ({
          endedAtS: endedAtS - (59 - index) * intervalS,
          durationMs: index === 59 ? durationMs : durationMs * (1 + 0.5 * Math.abs(noise(index + durationMs))),
          status: index > 45 ? status : 0,
          samples,
        }))
      : [],
  };
  world.plugins.set(file, plugin);
  return plugin;
}

/** One reason, as the agent words it. */
export function reason(kind: ReasonKind, explanation: string): readonly Reason[] {
  return [{ kind, explanation }];
}

/** What the agent says of a script that others may read. */
export function wrongMode(file: string): readonly Reason[] {
  return reason(
    'wrong-mode',
    `${file} has mode 0755: group and others can read and run it; chmod 0700 '${scripts}/${file}'`,
  );
}

/** What the agent says of a run that does not end. */
export function hung(forS: number): readonly Reason[] {
  const since = new Date(Date.now() - forS * 1000).toTimeString().slice(0, 8);
  return [
    {
      kind: 'hung',
      explanation: `its run, process 4711, goes on since ${since} (${shortDuration(forS)}), longer than its share of 5s; the agent never ends it; see what it waits for: ps -o pid,etime,wchan,args -p 4711; end it yourself: kill 4711`,
    },
  ];
}

/** Samples at each tick, from a week back (or less) to `lastS`. */
function curve(
  samples: World['samples'],
  metric: string,
  lastS: number,
  valueAt: (atS: number) => number,
  backS = 86_400,
): void {
  const points: [number, number][] = [];
  for (let atS = lastS - backS; atS <= lastS; atS += intervalS)
    points.push([atS, Math.round(valueAt(atS) * 1000) / 1000]);
  samples.set(metric, points);
}

/** Between -1 and 1, the same for the same number. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}
