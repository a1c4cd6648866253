import type { Clock } from '../io/clock.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Invocation, Launcher } from '../io/process/launch/launcher.ts';
import type { ExitStates } from '../model/format.ts';
import type { Plugin } from '../model/plugin.ts';
import { type RunOutcome, unknownUsage } from '../model/run.ts';
import { isGood, judgeExit } from './ending.ts';
import type { OutputMemory } from './output-memory.ts';
import { cutStderr, type StderrCutter } from './stderr.ts';
import { keepStdout } from './stdout.ts';

/** What every run needs of the machine. */
export type RunEdges = {
  readonly clock: Clock;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly memory: OutputMemory;
  /** The first line of a file, without its end; null: there is no such file. */
  readonly firstLine: (path: string) => string | null;
};

/** One run that is about to begin. */
export type RunPlan = {
  readonly plugin: Plugin;
  readonly invocation: Invocation;
  /** Exit statuses that are no failures; null: only 0 is none. */
  readonly states: ExitStates | null;
  /** How much of its stdout is kept, in bytes. */
  readonly maxOutputBytes: number;
  /**
   * Takes each line of stderr as it comes, within the limits of `stderr.ts`. `pid` is null until
   * it is known.
   */
  readonly onStderr: (text: string, pid: number | null) => void;
};

/**
 * A run in flight. `pid` gives null until the process id is known; `ended` resolves, never
 * rejects.
 */
export type Run = { pid(): number | null; readonly ended: Promise<RunOutcome> };

/**
 * Runs a plugin once, at a tick and in a trial alike: launches it, keeps its stdout, passes on
 * its stderr, and says how it ended. The receiver of the outcome owns its stdout, which is a file
 * among the outputs if it is large. Never throws.
 */
export function startRun({ clock, launcher, outputs, memory, firstLine }: RunEdges, plan: RunPlan): Run {
  const { plugin, invocation, states, maxOutputBytes, onStderr } = plan;
  const startedMs = clock.monotonicMs();
  const stdout = keepStdout(maxOutputBytes, { files: outputs, memory });
  let stderr: StderrCutter | null = null; // most plugins write none
  let firstOfStderr: string | null = null;
  const launched = launcher.launch(invocation, {
    onStdout: (chunk) => stdout.onChunk(chunk),
    onStderr(chunk) {
      stderr ??= cutStderr((text) => {
        firstOfStderr ??= text;
        onStderr(text, launched.pid());
      });
      stderr.onChunk(chunk);
    },
  });
  const ended = launched.ended.then((exit): RunOutcome => {
    stderr?.end();
    const kept = stdout.end();
    const line = isGood(exit, states) ? null : firstLine(plugin.path); // not read where it does not matter
    const { ending, failure } = judgeExit(exit, plugin.path, line, firstOfStderr, states);
    const { cpuS, peakMemoryBytes } = launched.usage?.() ?? unknownUsage;
    return {
      pid: launched.pid(),
      ending,
      failure,
      endedAtS: clock.nowMs() / 1000,
      durationMs: clock.monotonicMs() - startedMs,
      cpuS,
      peakMemoryBytes,
      stdout: kept.stdout,
      droppedBytes: kept.droppedBytes,
      outputLost: kept.outputLost,
    };
  });
  return { pid: launched.pid, ended };
}
