import { annotate } from '../../src/formats/annotate.ts';
import type { Reason, ReasonKind } from '../../src/model/advice.ts';
import type { AnnotatedOutput } from '../../src/model/annotated.ts';
import type { BadLine } from '../../src/model/bad-line.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import type { PluginDetail, PluginState, SinkStatus } from '../../src/model/status.ts';
import { clockTime } from '../../src/words/clock-time.ts';
import { explanationOf } from '../../src/words/explanation.ts';
import { hintedPlugin } from '../helpers/hinted-plugin.ts';
import type { World } from './make-believe-agent.ts';

const host = 'web-1';
const scripts = '/etc/instrumental_scripts';
const intervalS = 30;
const failures = 14; // of a plugin that fails, in a row

/**
 * What a test says about a plugin. The rest is made up. The agent's own parser judges `stdout`.
 */
export type MadeUpPlugin = {
  readonly file: string;
  readonly state?: PluginState;
  readonly reasons?: readonly Reason[];
  readonly stdout?: string;
  readonly stderr?: readonly string[];
  readonly status?: number;
  readonly durationMs?: number;
  /** How long its current run has been running. Without it the plugin is not running. */
  readonly runningForS?: number;
  readonly hasRun?: boolean;
  /** Its last ticks. Without it the last one is like its state, and the others reported. */
  readonly beats?: string;
};

/** Makes a host without trouble: no plugins yet, one sink, a day of host metrics. */
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
    units: new Map(),
    marks: [],
    historyOff: null,
    refuses: false,
    askedSparklines: [],
    missing: { kind: 'missing', sentence: 'there is no such script', commands: [] },
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
      scripts: { isEnabled: true, location: scripts, suspension: null, reason: null, warning: null },
      sinks: [sink({})],
      overload: null,
      storeFailure: null,
      salvage: null,
      foundAtStart: null,
      totals: { runs: 0, runsFailed: 0, skips: 0, samplesRead: 0, badLines: 0 },
      usage: { rssBytes: 61_000_000, cpuS: 41 },
    },
  };
}

/**
 * Makes a sink without trouble, except for the fields given. Its reason follows from `trouble`.
 */
export function sink(fields: Partial<SinkStatus>): SinkStatus {
  const { state = 'connected', trouble = null } = fields;
  const isAway = state !== 'connected' && state !== 'new';
  const troubleReason = isAway
    ? reason('sink-away', trouble ?? '', 'instrument_server check --connect')
    : reason('samples-refused', trouble ?? '');
  return {
    name: 'instrumental',
    address: 'tls://collector.instrumentalapp.com:8001',
    state,
    trouble,
    reason: trouble === null ? null : troubleReason,
    troubleSinceS: null,
    waitingSamples: 0,
    oldestAtS: null,
    lastSentAtS: Math.floor(Date.now() / 1000) - 4,
    sentSamples: 182_404,
    lostSamples: 0,
    droppedSamples: 0,
    ...fields,
  };
}

/**
 * Puts a plugin into a world, with an hour of samples of each metric that it printed. Replaces the
 * plugin of the same file.
 */
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
    beats,
  } = made;
  const { atS, lastTickAtS } = world.agent;
  const endedAtS = (lastTickAtS ?? atS) + 1;
  const name = file.replace(/\.[^.]+$/, '').replace(/[^\w-]/g, '_');
  const output = annotate(
    new TextEncoder().encode(stdout),
    { prefix: `${host}.${name}`, endedAtS: unixSeconds(endedAtS), truncated: false },
    200,
    hintedPlugin(`/scripts/${file}`),
  );
  const samples = status === 0 ? output.samples : 0;
  const lastBeat = state === 'hung' ? 'h' : samples === 0 ? 'f' : output.badLines > 0 ? 'p' : 'o';
  const lastBeats =
    'o'.repeat(60).slice(state === 'failing' ? failures : 1) + lastBeat.repeat(state === 'failing' ? failures : 1);
  for (const { verdict } of output.lines) {
    if (verdict.kind !== 'sample' || status !== 0 || !hasRun) continue;
    const { value, metric } = verdict;
    const swing = value * 0.2;
    const [periodS, shift] = [500 + 700 * Math.abs(noise(metric.length)), noiseOf(metric)]; // each has a line of its own
    curve(
      world.samples,
      metric,
      endedAtS,
      (at) =>
        at === endedAtS ? value : value + swing * Math.sin(at / periodS + 3 * shift) + (swing / 3) * noise(at + shift),
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
            isOverdue: state === 'hung' || state === 'slow',
            skips: Math.floor(runningForS / intervalS),
          },
    lastRun: hasRun
      ? {
          endedAtS,
          durationMs,
          cpuS: null,
          peakMemoryBytes: null,
          ending: 'exited',
          status,
          signal: null,
          samples,
          badLines: output.badLines,
          outputBytes: stdout.length,
          droppedBytes: 0,
          lastStderr: stderr.at(-1) ?? null,
          firstBadLine: badLine(output),
        }
      : null,
    lastReportAtS: hasRun && samples > 0 ? endedAtS : null,
    runs: hasRun ? 9130 : 0,
    failuresInARow: status === 0 ? 0 : failures,
    skips: 0,
    beats: beats ?? (hasRun ? lastBeats : ''),
    firstBadLines: [],
    looksLike: null,
    stderr,
    output: hasRun ? output : null,
    recentRuns: hasRun
      ? Array.from({ length: 60 }, (_, index) => ({
          endedAtS: endedAtS - (59 - index) * intervalS,
          durationMs: index === 59 ? durationMs : durationMs * (1 + 0.5 * Math.abs(noise(index + durationMs))),
          status: index >= 60 - failures ? status : 0,
          samples,
          cpuS: (durationMs / 1000) * (0.4 + 0.1 * noise(index)),
          peakMemoryBytes: 9_400_000 + 300_000 * noise(index + 7),
        }))
      : [],
    settings: [
      { key: 'interval', value: `${intervalS}s`, source: '/etc/instrument_server.ini:4' },
      { key: 'format', value: 'native', source: null },
    ],
  };
  world.plugins.set(file, plugin);
  return plugin;
}

/** The first line of an output that is not a sample; null: there is none. */
function badLine({ lines }: AnnotatedOutput): BadLine | null {
  for (const { line, text, verdict } of lines)
    if (verdict.kind === 'bad-line') return { line, text, reason: verdict.reason, hint: verdict.hint };
  return null;
}

/** Makes a reason. */
export function reason(kind: ReasonKind, sentence: string, ...commands: readonly string[]): Reason {
  return { kind, sentence, commands, explanation: explanationOf({ sentence, commands }) };
}

/** The reason of a script that others may read. */
export function wrongMode(file: string): Reason {
  const sentence = `${file} has mode 0755: group and others can read and run it`;
  return reason('wrong-mode', sentence, `chmod 0700 '${scripts}/${file}'`);
}

/** The reason of a run that does not end. */
export function hung(forS: number): Reason {
  const since = clockTime(Date.now() - forS * 1000);
  const running = `still running since ${since} (pid 4711); its last runs took 0.2 to 0.4 s; the agent never ends it`;
  return reason(
    'hung',
    `${running}; the first command shows what it waits for, the second one ends it`,
    'ps -o pid,etime,wchan,args -p 4711',
    'kill 4711',
  );
}

/** Suspends the directory: the agent says so once, and each plugin has the same reason. */
export function suspend(world: World): void {
  const problem = reason(
    'directory-suspended',
    'instrumental_scripts has mode 0777: group and others can write to it',
    `chmod 0700 '${scripts}'`,
  );
  const ofEach = reason('directory-suspended', `no plugin runs: ${problem.sentence}`, ...problem.commands);
  for (const [file, plugin] of world.plugins)
    world.plugins.set(file, { ...plugin, state: 'suspended', nextDueAtS: null, currentRun: null, reasons: [ofEach] });
  world.agent = {
    ...world.agent,
    scripts: { ...world.agent.scripts, suspension: problem.explanation, reason: problem },
  };
}

/** Adds a sample at each tick of the last `backS` seconds before `lastS`. */
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

/** Returns a number between -1 and 1, the same for the same text. */
function noiseOf(text: string): number {
  return noise([...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0));
}

/** Returns a number between -1 and 1, the same for the same seed. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}
