import type { MuninConfig } from '../formats/munin-config.ts';
import type { Files } from '../io/disk/files.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import { type Run, type RunEdges, type RunPlan, startRun } from '../runner/run.ts';
import { onlyGauges, type ReadConfig, startAfterConfig } from './munin-run.ts';

const keptMs = 24 * 3600 * 1000;
/** Of all plugins together, so that memory is bounded. The oldest configurations go first. */
const most = { plugins: 10_000, fields: 500_000 };

/** What is known of one plugin's fields. `script` changes when its file or its settings do. */
type KnownConfig = {
  readonly script: string;
  readonly config: MuninConfig;
  readonly readAtMs: number;
  /** It could not be asked the last time. */
  readonly hasFailed: boolean;
};

/** What the runs of Munin plugins need beside the edges of each run. */
type MuninRunsDeps = {
  readonly edges: RunEdges;
  readonly files: Pick<Files, 'fingerprint'>;
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
  readonly #bounds: typeof most;
  /** The one that was read last comes last. */
  readonly #known = new Map<PluginFile, KnownConfig>();
  #fields = 0;

  constructor(deps: MuninRunsDeps, bounds = most) {
    this.#deps = deps;
    this.#bounds = bounds;
  }

  /** Begins a run. `mayRun` is asked between its two processes. */
  start(plan: RunPlan, mayRun: () => boolean): Run {
    const { edges, files, onSecond } = this.#deps;
    const { file, path } = plan.plugin;
    const { args, env } = plan.invocation;
    const script = JSON.stringify([files.fingerprint(path), path, args, env]);
    const known = this.#known.get(file);
    const isFresh = known?.script === script && edges.clock.monotonicMs() - known.readAtMs < keptMs;
    if (isFresh && !known.hasFailed) return startRun(edges, plan);
    return startAfterConfig(edges, plan, {
      onConfig: (read) => this.#onConfig(file, script, read),
      mayRun,
      onSecond: (run) => onSecond(file, run),
    });
  }

  /** What the fields of a plugin are, as far as that is known. */
  configOf(file: PluginFile): MuninConfig {
    return this.#known.get(file)?.config ?? onlyGauges;
  }

  #onConfig(file: PluginFile, script: string, read: ReadConfig): void {
    const former = this.#known.get(file);
    const known = former?.script === script ? former.config : onlyGauges;
    if (!read.ok && !former?.hasFailed)
      this.#deps.emit({ event: 'run.config-failed', plugin: file, advice: read.error });
    this.#keep(file, {
      script,
      config: read.ok ? read.value : known,
      readAtMs: this.#deps.edges.clock.monotonicMs(),
      hasFailed: !read.ok,
    });
  }

  #keep(file: PluginFile, known: KnownConfig): void {
    this.#forget(file);
    this.#known.set(file, known);
    this.#fields += known.config.fields.size;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#bounds.plugins && this.#fields <= this.#bounds.fields) break;
      this.#forget(oldest);
    }
  }

  #forget(file: PluginFile): void {
    this.#fields -= this.#known.get(file)?.config.fields.size ?? 0;
    this.#known.delete(file);
  }
}
