import type { AnnotatedOutput } from '../model/annotated.ts';
import type { Ending, RunUsage } from '../model/run.ts';
import { unixSeconds } from '../model/sample.ts';
import type { TrialResult } from '../model/trial.ts';
import { explanationOf } from '../words/explanation.ts';
import type { TrialPlace } from './trial-source.ts';

/**
 * The document that `run --json` prints. Its fields are a contract, listed in `docs/status.md`.
 */
export type TrialDocument = RunUsage & {
  readonly format: 1;
  readonly path: string;
  readonly file: string;
  readonly ranBy: 'agent' | 'here';
  readonly where: string;
  readonly rejection: string | null;
  readonly prefix: string;
  readonly args: readonly string[];
  readonly stdinBytes: number;
  readonly pid: number | null;
  readonly ending: Ending['kind'];
  readonly status: number | null;
  readonly signal: string | null;
  readonly failure: string | null;
  /** What its author should know though the run may have worked, each note on one line. */
  readonly notes: readonly string[];
  /** The commands of `rejection`, `failure` and `notes`. */
  readonly commands: readonly string[];
  readonly endedAtS: number;
  readonly durationMs: number;
  readonly output: AnnotatedOutput;
  readonly stdout: string;
  readonly droppedBytes: number;
  readonly outputLost: string | null;
  readonly stderr: readonly string[];
  /** Only of an output that is not in the agent's own format. */
  readonly foreign?: NonNullable<TrialResult['foreign']>;
};

/**
 * Returns a trial as a document. The fields of the ending are those of `lastRun` in the status.
 */
export function trialDocument(
  result: TrialResult,
  path: string,
  { ranBy, where, rejection }: TrialPlace,
): TrialDocument {
  const { ending, failure, notes } = result;
  return {
    format: 1,
    path,
    file: result.file,
    ranBy,
    where,
    rejection: rejection && explanationOf(rejection),
    prefix: result.prefix,
    args: result.args,
    stdinBytes: result.stdinBytes,
    pid: result.pid,
    ending: ending.kind,
    status: ending.kind === 'exited' || ending.kind === 'signaled' ? ending.status : null,
    signal: ending.kind === 'signaled' ? ending.signal : null,
    failure: failure && explanationOf(failure),
    notes: notes.map(explanationOf),
    commands: [rejection, failure, ...notes].flatMap((advice) => advice?.commands ?? []),
    endedAtS: unixSeconds(result.endedAtS),
    durationMs: result.durationMs,
    cpuS: result.cpuS,
    peakMemoryBytes: result.peakMemoryBytes,
    output: result.output,
    stdout: result.stdout,
    droppedBytes: result.droppedBytes,
    outputLost: result.outputLost,
    stderr: result.stderr,
    ...(result.foreign === undefined ? {} : { foreign: result.foreign }),
  };
}
