import type { Config } from '../model/config.ts';
import { ok, type Result } from '../model/result.ts';
import type { Walk } from '../model/walk.ts';
import { applicable, changedKeysWalk } from './diff.ts';
import { formatProblem, type Problem } from './problem.ts';
import { type ResolvedConfig, type ResolveInput, resolveWalk } from './resolve.ts';
import type { Source } from './source.ts';

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

/** The configuration that the agent started with. */
export type FirstConfig = ResolvedConfig & { readonly source: Source };

/**
 * What the files say: a configuration, which waits for the next start with some keys, or problems.
 */
export type ConsideredConfig = Result<
  ResolvedConfig & { readonly waiting: readonly string[]; readonly changed: readonly string[] },
  readonly Problem[]
>;

/** The configuration in force, and what was reported about the files. */
export class LastGoodConfig {
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

  /** Makes a configuration of the files, and names what it changes. */
  *resolve(source: Source): Walk<ConsideredConfig> {
    const resolved = yield* resolveWalk({ ...this.#context, source });
    if (!resolved.ok) return resolved;
    const { config, waiting } = applicable(this.#config, resolved.value.config);
    const changed = yield* changedKeysWalk(this.#config, config);
    return ok({ config, waiting, changed, warnings: resolved.value.warnings });
  }

  /**
   * Applies what the files say, or refuses it. False: the files are good, but the agent can't
   * apply them for a reason that lies outside of them, so the same files must be considered again.
   */
  consider(resolved: ConsideredConfig): boolean {
    if (!resolved.ok) {
      this.#refuse(resolved.error.map(formatProblem));
      return true;
    }
    const { config, waiting, changed } = resolved.value;
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
