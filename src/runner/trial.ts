import type { Clock } from '../io/clock.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { Invocation, Launcher } from '../io/process/launcher.ts';
import type { AnnotatedOutput } from '../model/annotated.ts';
import type { Plugin } from '../model/plugin.ts';
import type { Stdout } from '../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../model/sample.ts';
import type { TrialResult } from '../model/trial.ts';
import { adviceOnEnding, endingOf } from './ending.ts';
import { tellStderr } from './stderr.ts';
import { keepStdout } from './stdout.ts';

/** What a trial is joined to. */
export type TrialLinks = {
  readonly maxOutputBytes: number;
  readonly prefix: string;
  readonly stdinBytes: number;
  /** The first line of a file; null: there is none. */
  readonly firstLine: (path: string) => string | null;
  readonly annotate: (stdout: Uint8Array, endedAtS: UnixSeconds, truncated: boolean) => AnnotatedOutput;
};

/** Runs a script once and tells all of it. Nothing is stored, sent or counted. `ended` resolves, never rejects. */
export function startTrial(
  { clock, launcher, outputs }: { readonly clock: Clock; readonly launcher: Launcher; readonly outputs: OutputFiles },
  plugin: Plugin,
  invocation: Invocation,
  links: TrialLinks,
): { pid(): number | null; readonly ended: Promise<TrialResult> } {
  const startedMs = clock.monotonicMs();
  const stderrLines: string[] = [];
  const stdout = keepStdout(links.maxOutputBytes, outputs);
  const stderr = tellStderr((line) => stderrLines.push(line));
  const launched = launcher.launch(invocation, {
    onStdout: (chunk) => stdout.onChunk(chunk),
    onStderr: stderr.onChunk,
  });
  const ended = launched.ended.then((exit): TrialResult => {
    const durationMs = clock.monotonicMs() - startedMs;
    const endedAtS = unixSeconds(clock.nowMs() / 1000);
    stderr.end();
    const kept = stdout.end();
    const { bytes, failure } = takeWhole(kept.stdout, outputs);
    const ending = endingOf(exit, plugin.path, exit.kind === 'not-started' ? links.firstLine(plugin.path) : null);
    return {
      file: plugin.file,
      prefix: links.prefix,
      args: invocation.args,
      stdinBytes: links.stdinBytes,
      pid: launched.pid(),
      ending,
      failure: adviceOnEnding(ending),
      endedAtS,
      durationMs,
      stdout: bytes.toString('base64'),
      droppedBytes: kept.droppedBytes,
      outputLost: kept.failure ?? failure,
      output: links.annotate(bytes, endedAtS, kept.droppedBytes > 0),
      stderr: stderrLines,
    };
  });
  return { pid: launched.pid, ended };
}

/** All bytes of an output, whose file is not needed any more; none, and why, where it can't be read at this moment. */
function takeWhole(stdout: Stdout, outputs: OutputFiles): { readonly bytes: Buffer; readonly failure: string | null } {
  if (stdout.kind === 'bytes') return { bytes: Buffer.from(stdout.bytes), failure: null };
  try {
    const chunks = Array.from(outputs.chunks(stdout.name), (chunk) => new Uint8Array(chunk)); // copies: a chunk is overwritten by the next
    return { bytes: Buffer.concat(chunks), failure: null };
  } catch (error) {
    return { bytes: Buffer.alloc(0), failure: messageOf(error) };
  } finally {
    outputs.remove(stdout.name);
  }
}
