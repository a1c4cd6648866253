import { textLines } from '../formats/foreign.ts';
import type { Format } from '../formats/format.ts';
import { muninFormat } from '../formats/munin.ts';
import { type MuninConfig, muninConfigWalk } from '../formats/munin-config.ts';
import { type MuninOutput, readMuninValues } from '../formats/munin-rates.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import { inSteps } from '../io/walk.ts';
import type { Advice } from '../model/advice.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Ending, LastRun, RunOutcome, RunUsage } from '../model/run.ts';
import { configInvocation } from '../runner/invocation.ts';
import { type Run, type RunEdges, type RunPlan, startRun } from '../runner/run.ts';

/** What can be read at once in a few hundredths of a second: of more values, nothing is read. */
const valueBytes = 1024 * 1024;

/** A configuration in which every field is a gauge. */
export const onlyGauges: MuninConfig = { fields: new Map(), hasValues: false };

/** What a run with the argument `config` says; an error is why it says nothing. */
export type ReadConfig = Result<MuninConfig, Advice>;

/**
 * What happens between the two runs. `onConfig` gets what the first one said. `mayRun` is asked
 * after it: false, the plugin must not run any more. `onSecond` is called when the second began.
 */
export type BetweenRuns = {
  readonly onConfig: (read: ReadConfig) => void;
  readonly mayRun: () => boolean;
  readonly onSecond: (run: Run) => void;
};

/**
 * Runs a plugin with the argument `config`, and then as it is run each time, unless the first run
 * printed the values too. Both are one run: its process is that of the one that is running, and
 * its duration and usage are those of both. Never throws.
 */
export function startAfterConfig(edges: RunEdges, plan: RunPlan, between: BetweenRuns): Run {
  const { clock, outputs } = edges;
  const startedMs = clock.monotonicMs();
  const invocation = configInvocation(plan.invocation);
  let current = startRun(edges, { ...plan, invocation });

  async function afterConfig(first: RunOutcome): Promise<RunOutcome> {
    const read = await readConfig(first, outputs);
    between.onConfig(read);
    if (read.ok && read.value.hasValues && first.droppedBytes === 0) return first;
    if (first.stdout.kind === 'file') outputs.remove(first.stdout.name);
    if (!between.mayRun()) return notRun(first);
    current = startRun(edges, plan);
    between.onSecond(current);
    const second = await current.ended;
    return { ...second, durationMs: clock.monotonicMs() - startedMs, ...usageOfBoth(first, second) };
  }

  return { pid: () => current.pid(), ended: current.ended.then(afterConfig) };
}

/** What two processes have used that ran one after the other. */
function usageOfBoth(first: RunUsage, second: RunUsage): RunUsage {
  const peaks = [first, second].flatMap(({ peakMemoryBytes }) => peakMemoryBytes ?? []);
  return {
    cpuS: first.cpuS === null || second.cpuS === null ? null : first.cpuS + second.cpuS,
    peakMemoryBytes: peaks.length === 0 ? null : Math.max(...peaks),
  };
}

async function readConfig(outcome: RunOutcome, outputs: Pick<OutputFiles, 'chunks'>): Promise<ReadConfig> {
  if (outcome.failure !== null) return err(adviceOnConfig(`it ${howItEnded(outcome.ending)}`));
  try {
    const { stdout, droppedBytes } = outcome;
    const chunks = stdout.kind === 'file' ? outputs.chunks(stdout.name) : [stdout.bytes];
    return ok(await inSteps(muninConfigWalk(textLines(chunks, droppedBytes > 0))));
  } catch (error) {
    return err(adviceOnConfig(`its output can't be read: ${messageOf(error)}`));
  }
}

function adviceOnConfig(why: string): Advice {
  const effect =
    'so a field that is not known from before is read as a gauge: a count is sent as it stands, not as a rate';
  const cure = 'its stderr may say why; it is asked again at its next run';
  return { kind: 'munin-config', sentence: `run with the argument config, ${why}, ${effect}; ${cure}`, commands: [] };
}

function howItEnded(ending: Ending): string {
  if (ending.kind === 'exited') return `exited with status ${ending.status}`;
  if (ending.kind === 'signaled') return `was ended by ${ending.signal}`;
  return ending.kind === 'unknown' ? 'ended in an unknown way' : `did not start (${ending.code})`;
}

/** The outcome of a run whose second part must not begin. */
function notRun(first: RunOutcome): RunOutcome {
  const sentence = 'it was run with the argument config only: it was changed meanwhile, or must not run any more';
  return {
    ...first,
    ending: { kind: 'not-started', code: 'EAGAIN', cause: 'other' },
    failure: { kind: 'not-started', sentence, commands: [] },
    stdout: { kind: 'bytes', bytes: new Uint8Array() },
    droppedBytes: 0,
    outputLost: null,
  };
}

/**
 * How the output of a Munin plugin is read, whose run ended at `endedAtS`. `before` is its last
 * completed run, whose output is read now; null: there was none. Counts become rates only if that
 * run was a good one.
 */
export function muninFormatAfter(
  config: MuninConfig,
  before: LastRun | null,
  outputs: Pick<OutputFiles, 'chunks'>,
  endedAtS: number,
): Format {
  return muninFormat({ config, previous: before === null ? null : previousOutput(before, outputs), endedAtS });
}

/** What a run has printed; null: that is not known, or is too much to be read at once. */
function previousOutput(
  { endedAtS, status, output }: LastRun,
  outputs: Pick<OutputFiles, 'chunks'>,
): MuninOutput | null {
  if (status !== 0 || (output?.sizeBytes ?? 0) > valueBytes) return null;
  try {
    return readMuninValues(textLines(output === null ? [] : outputs.chunks(output.name), false), endedAtS);
  } catch {
    return null; // the next run has its own output before it
  }
}
