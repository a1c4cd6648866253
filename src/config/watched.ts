import type { Clock } from '../io/clock.ts';
import type { ConfigFiles } from '../io/disk/config-files.ts';
import type { Files } from '../io/disk/files.ts';
import type { Config } from '../model/config.ts';
import { err } from '../model/result.ts';
import { applicable, changedKeys } from './diff.ts';
import { areSameFingerprints, type ConfigFingerprints, fingerprintsOf, fingerprintsWhenRead } from './fingerprints.ts';
import { formatProblem } from './problem.ts';
import { type ResolvedConfig, type ResolveInput, resolveConfig } from './resolve.ts';
import { type ConfigPaths, configPathsOf, readSource, type Source } from './source.ts';

/** The configuration while the agent runs. */
export type ConfigWatcher = {
  /** Reads the files at once, whether or not they look changed. */
  lookNow(): void;
  /** Ends the watch. No handler is called after it. */
  close(): void;
};

/** What the watcher calls. Neither function may throw. */
export type ConfigHandlers = {
  /**
   * Applies a configuration. Gives null, or the reason why the agent can't apply it, in one
   * sentence; then the configuration is refused as a whole. `changed` names the keys whose effect
   * differs, such as `[agent] report_interval` or `[sink:influx]`; it is empty where there are
   * only new warnings, or where refused files were set back to the running configuration.
   * `warnings` are the new ones.
   */
  onChanged(config: Config, changed: readonly string[], warnings: readonly string[]): string | null;
  /**
   * Reports that the files can't be used; the last good configuration stays. Called again only
   * when the problems are different ones.
   */
  onRefused(problems: readonly string[]): void;
};

type WatchEdges = { readonly clock: Clock; readonly files: Files; readonly configFiles: ConfigFiles };

type FirstConfig = ResolvedConfig & { readonly source: Source };

const lookEveryMs = 400;
const settledMs = 100;

/**
 * Watches the files of the configuration and keeps the last good one. `context` is what the
 * `first` configuration was resolved with. A configuration that came through a pipe is not
 * watched.
 */
export function startConfigWatcher(
  edges: WatchEdges,
  context: Omit<ResolveInput, 'source'>,
  first: FirstConfig,
  handlers: ConfigHandlers,
): ConfigWatcher {
  const fingerprints = fingerprintsWhenRead(first.source);
  if (fingerprints === null) return { lookNow() {}, close() {} };
  const lastGood = new LastGoodConfig(context, first, handlers);
  const watch = new ConfigWatch(edges, context, fingerprints, lastGood);
  return { lookNow: () => watch.lookNow(), close: () => watch.close() };
}

type ConfigWatchState =
  /** The files were read, or are as they were then. The next look is after 400 ms. */
  | { readonly kind: 'waiting'; readonly timer: { cancel(): void } }
  /** The files look different. They are read when they look alike twice, 100 ms apart. */
  | { readonly kind: 'settling'; readonly timer: { cancel(): void } }
  /** There are no more looks. */
  | { readonly kind: 'closed' };

/** Reads changed files once they are settled: an editor may empty a file before it writes it. */
class ConfigWatch {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #configFiles: ConfigFiles;
  readonly #cwd: string;
  readonly #configFile: string | null;
  readonly #paths: ConfigPaths;
  readonly #lastGood: LastGoodConfig;
  /** The fingerprints of the files that were read last; null: they are read again in any case. */
  #lastRead: ConfigFingerprints | null;
  #state: ConfigWatchState;

  constructor(
    { clock, files, configFiles }: WatchEdges,
    { flags, machine }: Omit<ResolveInput, 'source'>,
    lastRead: ConfigFingerprints,
    lastGood: LastGoodConfig,
  ) {
    this.#clock = clock;
    this.#files = files;
    this.#configFiles = withoutDevices(configFiles, files);
    this.#cwd = machine.cwd;
    this.#configFile = flags.configFile;
    this.#paths = configPathsOf(flags.configFile, machine.cwd);
    this.#lastGood = lastGood;
    this.#lastRead = lastRead;
    this.#state = this.#waiting();
  }

  lookNow(): void {
    if (this.#state.kind === 'closed') return;
    this.#state.timer.cancel();
    this.#lastRead = null; // a file may be half written now: it is read again when it is settled
    this.#state = this.#waiting();
    this.#lastGood.consider(this.#read());
  }

  close(): void {
    if (this.#state.kind !== 'closed') this.#state.timer.cancel();
    this.#state = { kind: 'closed' };
  }

  #waiting(): ConfigWatchState {
    return { kind: 'waiting', timer: this.#clock.after(lookEveryMs, () => this.#lookForChange()) };
  }

  #settling(before: ConfigFingerprints): ConfigWatchState {
    return { kind: 'settling', timer: this.#clock.after(settledMs, () => this.#readIfSettled(before)) };
  }

  #lookForChange(): void {
    const now = this.#look();
    const isUnchanged = this.#lastRead !== null && areSameFingerprints(this.#lastRead, now);
    this.#state = isUnchanged ? this.#waiting() : this.#settling(now);
  }

  #readIfSettled(before: ConfigFingerprints): void {
    const now = this.#look();
    const source = areSameFingerprints(before, now) ? this.#read() : null;
    const after = source === null ? now : this.#look();
    if (source === null || !areSameFingerprints(now, after)) {
      this.#state = this.#settling(after); // a file was written since the last look
      return;
    }
    this.#lastRead = now;
    this.#state = this.#waiting(); // before the handlers, which may close the watch
    const isFinal = this.#lastGood.consider(source);
    if (!isFinal) this.#lastRead = null;
  }

  #look(): ConfigFingerprints {
    return fingerprintsOf(this.#files, this.#paths);
  }

  #read(): Source {
    return readSource(this.#configFiles, this.#configFile, this.#cwd);
  }
}

/** The configuration in force, and what was reported about the files. */
class LastGoodConfig {
  readonly #context: Omit<ResolveInput, 'source'>;
  readonly #handlers: ConfigHandlers;
  #config: Config;
  #warnings: readonly string[];
  /** The problems that were reported last, as one text; null: the files are good. */
  #refused: string | null = null;

  constructor(context: Omit<ResolveInput, 'source'>, first: FirstConfig, handlers: ConfigHandlers) {
    this.#context = context;
    this.#handlers = handlers;
    this.#config = first.config;
    this.#warnings = first.warnings;
  }

  /**
   * Applies what the files say, or refuses it. False: the files are good, but the agent can't
   * apply them for a reason that lies outside of them, so the same files must be considered again.
   */
  consider(source: Source): boolean {
    const resolved = resolveConfig({ ...this.#context, source });
    if (!resolved.ok) {
      this.#refuse(resolved.error.map(formatProblem));
      return true;
    }
    const { config, waiting } = applicable(this.#config, resolved.value.config);
    const changed = changedKeys(this.#config, config);
    const warnings = [
      ...resolved.value.warnings,
      ...waiting.map((name) => `the change of ${name} takes effect at the next start`),
    ];
    const newWarnings = warnings.filter((warning) => !this.#warnings.includes(warning));
    const isNews = changed.length > 0 || newWarnings.length > 0 || this.#refused !== null;
    const obstacle = isNews ? this.#handlers.onChanged(config, changed, newWarnings) : null;
    if (obstacle !== null) {
      this.#refuse([obstacle]);
      return false;
    }
    this.#config = config;
    this.#warnings = warnings;
    this.#refused = null;
    return true;
  }

  #refuse(problems: readonly string[]): void {
    const text = problems.join('\n');
    if (text === this.#refused) return;
    this.#refused = text;
    this.#handlers.onRefused(problems);
  }
}

/** The same files, except that pipes and devices, which could block the reader, can't be read. */
function withoutDevices(configFiles: ConfigFiles, files: Files): ConfigFiles {
  return {
    ...configFiles,
    read: (path) =>
      files.facts(path).kind === 'other'
        ? err({ code: 'ENOTSUP', detail: 'not a regular file', denied: null })
        : configFiles.read(path),
  };
}
