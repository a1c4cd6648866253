import type { Files } from '../io/disk/files.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import { type Run, type RunEdges, type RunPlan, startRun } from '../runner/run.ts';
import type { MuninConfigs } from './munin-configs.ts';
import { onlyGauges, type ReadConfig, startAfterConfig } from './munin-run.ts';

const keptMs = 24 * 3600 * 1000;

/** What the runs of Munin plugins need beside the edges of each run. */
type MuninRunsDeps = {
  readonly edges: RunEdges;
  readonly files: Pick<Files, 'fingerprint'>;
  readonly configs: MuninConfigs;
  readonly emit: Emit;
  /** Called with the second of two processes of one run, when it has begun. */
  readonly onSecond: (file: PluginFile, run: Run) => void;
};

/**
 * Runs Munin plugins at ticks. At its first run, when its file or settings change, once a day, and
 * while that fails, a plugin is run with the argument `config` before: that says which of its
 * fields are counts.
 */
export class MuninRuns {
  readonly #deps: MuninRunsDeps;

  constructor(deps: MuninRunsDeps) {
    this.#deps = deps;
  }

  /** Begins a run. `mayRun` is asked between its two processes. */
  start(plan: RunPlan, mayRun: () => boolean): Run {
    const { edges, files, configs, onSecond } = this.#deps;
    const { file, path } = plan.plugin;
    const { args, env } = plan.invocation;
    const script = JSON.stringify([files.fingerprint(path), path, args, env]);
    const known = configs.get(file);
    const isFresh = known?.script === script && edges.clock.monotonicMs() - known.readAtMs < keptMs;
    if (isFresh && !known.hasFailed) return startRun(edges, plan);
    return startAfterConfig(edges, plan, {
      onConfig: (read) => this.#onConfig(file, script, read),
      mayRun,
      onSecond: (run) => onSecond(file, run),
    });
  }

  #onConfig(file: PluginFile, script: string, read: ReadConfig): void {
    const { edges, configs, emit } = this.#deps;
    const former = configs.get(file);
    const known = former?.script === script ? former.config : onlyGauges;
    if (!read.ok && !former?.hasFailed) emit({ event: 'run.config-failed', plugin: file, advice: read.error });
    configs.keep(file, {
      script,
      config: read.ok ? read.value : known,
      readAtMs: edges.clock.monotonicMs(),
      hasFailed: !read.ok,
    });
  }
}
