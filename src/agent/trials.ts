import { settingsOf } from '../config/plugin-settings.ts';
import { annotate } from '../formats/annotate.ts';
import { metricPrefix } from '../formats/native.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import { messageOf } from '../io/errors.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import type { RunOutcome, Stdout } from '../model/run.ts';
import type { TrialEvent } from '../model/trial.ts';
import { noteOnScript, noteOnTrial } from '../plugins/script-notes.ts';
import { invocationOf } from '../runner/invocation.ts';
import type { OutputMemory } from '../runner/output-memory.ts';
import type { KeptPrevious } from '../runner/previous.ts';
import { startRun } from '../runner/run.ts';
import type { StartedRun } from '../scheduler/scheduler-deps.ts';
import { runEdgesOf } from './runs.ts';

const shownLines = 10_000; // with their verdicts

/** What a trial runs with: the agent's own launcher and outputs, or those of a command. */
export type TrialDeps = {
  readonly edges: Edges;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly memory: OutputMemory;
  readonly config: Config;
};

/**
 * Runs a plugin as at a tick and reports all of it; nothing is stored, sent or counted.
 * `previous` is what it is given of its last run; its file is removed in the end. `ended`
 * resolves, never rejects, once the last event was reported.
 */
export function beginTrial(
  deps: TrialDeps,
  plugin: Plugin,
  previous: KeptPrevious,
  report: (event: TrialEvent) => void,
): StartedRun {
  const { outputs, config } = deps;
  report({ event: 'started' });
  const { lastRun, stdinPath } = previous;
  const invocation = invocationOf(plugin, lastRun, stdinPath, settingsOf(config.plugins, plugin).env);
  const stderr: string[] = [];
  const { maxOutputBytes } = config.scripts;
  const run = startRun(runEdgesOf(deps), { plugin, invocation, maxOutputBytes, onStderr: (text) => stderr.push(text) });
  const ended = run.ended
    .finally(() => previous.remove())
    .then((outcome) => {
      const { pid, ending, failure, endedAtS, durationMs, droppedBytes } = outcome;
      const { bytes, outputLost } = takeWhole(outcome.stdout, outputs);
      const prefix = metricPrefix(config.hostname, plugin.name);
      report({
        event: 'ended',
        file: plugin.file,
        prefix,
        args: invocation.args,
        stdinBytes: stdinPath === null ? 0 : (lastRun?.output?.sizeBytes ?? 0),
        pid,
        ending,
        failure,
        notes: notesOn(plugin, failure, deps.edges),
        endedAtS,
        durationMs,
        stdout: bytes.toString('base64'),
        droppedBytes,
        outputLost: outcome.outputLost ?? outputLost,
        output: annotate(bytes, { prefix, endedAtS, truncated: droppedBytes > 0 }, shownLines, plugin.path, 'native'),
        stderr,
      });
    });
  return { pid: run.pid, ended };
}

/** What is said of the script beside how its run ended, and not a second time. */
function notesOn({ path }: Plugin, failure: RunOutcome['failure'], { files, platform }: Edges): readonly Advice[] {
  const note = platform === 'win32' ? null : (failure === null ? noteOnTrial : noteOnScript)(files, path);
  return note === null || note.kind === failure?.kind ? [] : [note];
}

/**
 * All bytes of an output, whose file is removed; no bytes, and why, where it can't be read now.
 */
function takeWhole(
  stdout: Stdout,
  outputs: OutputFiles,
): { readonly bytes: Buffer; readonly outputLost: string | null } {
  if (stdout.kind === 'bytes') return { bytes: Buffer.from(stdout.bytes), outputLost: null };
  try {
    // Copies: a chunk is overwritten by the next
    const chunks = Array.from(outputs.chunks(stdout.name), (chunk) => new Uint8Array(chunk));
    return { bytes: Buffer.concat(chunks), outputLost: null };
  } catch (error) {
    return { bytes: Buffer.alloc(0), outputLost: messageOf(error) };
  } finally {
    outputs.remove(stdout.name);
  }
}
