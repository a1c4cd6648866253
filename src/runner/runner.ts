import type { Clock } from '../io/clock.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { Exit, Launcher } from '../io/process/launcher.ts';
import type { Emit } from '../model/event.ts';
import type { Plugin, PluginFile } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Ending, FinishedRun, LastRun, OutputSummary, Stdout } from '../model/run.ts';
import { type Sample, type UnixSeconds, unixSeconds } from '../model/sample.ts';
import { adviceOnEnding, endingOf, statusOf } from './ending.ts';
import { invocationOf } from './invocation.ts';
import { type StderrTeller, tellStderr } from './stderr.ts';
import { keepStdout, type StdoutKeeper } from './stdout.ts';
import { countTroubles } from './trouble.ts';

/** One output as the parser sees it: counts and the first bad lines when asked, the samples when they are stored. */
export type ReadOutput = (
  stdout: Stdout,
  plugin: Plugin,
  endedAtS: UnixSeconds,
  truncated: boolean,
) => {
  /** Throws what the system says if the output can't be read now. */
  summarize(): OutputSummary;
  readonly all: Iterable<Sample>;
};

/** What the runner is joined to. */
export type RunnerDeps = {
  /** A last look at the script; false: it must not run now, and why has been told. */
  readonly mayRun: (plugin: Plugin) => boolean;
  readonly lastRun: (file: PluginFile) => LastRun | null;
  /** The file that holds a last run's stdout; null: it was empty, or is lost. */
  readonly stdinPath: (file: PluginFile) => string | null;
  readonly ownEnv: (plugin: Plugin) => Readonly<Record<string, string>>;
  /** The first line of a file; null: there is none. */
  readonly firstLine: (path: string) => string | null;
  readonly readOutput: ReadOutput;
  readonly finished: (run: FinishedRun) => void;
};

/** Runs plugins, one run at a time for each. */
export type Runner = {
  /** One run, end to end. `pid` is null until it is known; `ended` resolves, never rejects, when the process has ended and its run was handed on. */
  start(plugin: Plugin): { pid(): number | null; readonly ended: Promise<void> };
  /** Which scripts there are now; what troubled others is forgotten. */
  present(files: readonly PluginFile[]): void;
};

/** `maxOutputBytes` is looked at when a run begins. */
type RunnerOptions = { readonly maxOutputBytes: number; readonly emit: Emit };

/** Creates the runner. */
export function createRunner(
  edges: { readonly clock: Clock; readonly launcher: Launcher; readonly outputs: OutputFiles },
  options: RunnerOptions,
  links: RunnerDeps,
): Runner {
  const { clock, launcher, outputs } = edges;
  const { emit } = options;
  const failures = countTroubles();
  const badLines = countTroubles();
  const overflows = countTroubles();
  const losses = countTroubles();

  function finish(
    plugin: Plugin,
    pid: number | null,
    exit: Exit,
    kept: ReturnType<StdoutKeeper['end']>,
    durationMs: number,
  ) {
    const { file, path } = plugin;
    const endedAtS = unixSeconds(clock.nowMs() / 1000);
    const ending = endingOf(exit, path, exit.kind === 'not-started' ? links.firstLine(path) : null);
    const status = statusOf(ending);
    const { stdout, droppedBytes, failure } = kept;
    const isSent = status === 0 && ending.kind === 'exited';
    const output = isSent ? links.readOutput(stdout, plugin, endedAtS, droppedBytes > 0) : null;
    const summary = output && count(output);
    links.finished({
      file,
      completed: status === null ? null : { endedAtS, status, stdout },
      samples: output?.all ?? [],
    });
    if (status === null && stdout.kind === 'file') outputs.remove(stdout.name);
    tellLoss(file, failure ?? (summary && !summary.ok ? summary.error : null));
    const keptBytes = stdout.kind === 'file' ? stdout.sizeBytes : stdout.bytes.length;
    const { samples, badLines: bad } = summary?.ok ? summary.value : { samples: 0, badLines: null };
    const outputBytes = keptBytes + droppedBytes;
    emit({
      event: 'run.finished',
      plugin: file,
      pid,
      ending,
      durationMs,
      samples,
      badLines: bad?.count ?? 0,
      outputBytes,
    });
    tellFailure(file, pid, ending);
    if (bad) tellBadLines(file, bad);
    if (droppedBytes === 0) overflows.over(file, clock.monotonicMs());
    else
      emit({
        event: 'run.overflowed',
        plugin: file,
        keptBytes,
        droppedBytes,
        ...overflows.again(file, clock.monotonicMs()),
      });
  }

  function tellLoss(file: PluginFile, detail: string | null) {
    if (detail === null) losses.over(file, clock.monotonicMs());
    else emit({ event: 'run.output-lost', plugin: file, detail, ...losses.again(file, clock.monotonicMs()) });
  }

  function tellFailure(file: PluginFile, pid: number | null, ending: Ending) {
    const advice = adviceOnEnding(ending);
    if (advice !== null) {
      emit({
        event: 'run.failed',
        plugin: file,
        pid,
        ending,
        advice,
        ...failures.again(file, clock.monotonicMs()),
      });
      return;
    }
    const over = failures.over(file, clock.monotonicMs());
    if (over) emit({ event: 'run.recovered', plugin: file, failures: over.repeat, elapsedMs: over.elapsedMs });
  }

  function tellBadLines(file: PluginFile, bad: OutputSummary['badLines']) {
    if (bad.count === 0) badLines.over(file, clock.monotonicMs());
    else emit({ event: 'run.bad-lines', plugin: file, ...bad, ...badLines.again(file, clock.monotonicMs()) });
  }

  function start(plugin: Plugin) {
    const { file } = plugin;
    if (!links.mayRun(plugin)) return { pid: () => null, ended: Promise.resolve() };
    emit({ event: 'run.started', plugin: file });
    const startedMs = clock.monotonicMs();
    const stdout = keepStdout(options.maxOutputBytes, outputs);
    let stderr: StderrTeller | null = null;
    function onStderr(chunk: Uint8Array) {
      stderr ??= tellStderr((text) => emit({ event: 'run.stderr', plugin: file, pid: launched.pid(), text }));
      stderr.onChunk(chunk);
    }
    const invocation = invocationOf(plugin, links.lastRun(file), links.stdinPath(file), links.ownEnv(plugin));
    const launched = launcher.launch(invocation, { onStdout: (chunk) => stdout.onChunk(chunk), onStderr });
    const ended = launched.ended.then((exit) => {
      stderr?.end();
      finish(plugin, launched.pid(), exit, stdout.end(), clock.monotonicMs() - startedMs);
    });
    return { pid: launched.pid, ended };
  }

  return {
    start,
    present(files) {
      const there = new Set(files);
      for (const troubles of [failures, badLines, overflows, losses]) troubles.present(there);
    },
  };
}

/** Where it can't be read at this moment, nobody knows; its samples are read again when they are stored. */
function count(output: ReturnType<ReadOutput>): Result<OutputSummary, string> {
  try {
    return ok(output.summarize());
  } catch (error) {
    return err(`its samples could not be counted: ${messageOf(error)}`);
  }
}
