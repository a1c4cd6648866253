import type { MuninConfig } from '../formats/munin-config.ts';
import type { PluginFile } from '../model/plugin.ts';
import { onlyGauges } from './munin-run.ts';

/** Of all plugins together, so that memory is bounded. The oldest configurations go first. */
const most = { plugins: 10_000, fields: 500_000 };

/** What is known of one plugin's fields. `script` changes when its file or its settings do. */
export type KnownConfig = {
  readonly script: string;
  readonly config: MuninConfig;
  readonly readAtMs: number;
  /** It could not be asked the last time. */
  readonly hasFailed: boolean;
};

/** What this life of the agent knows of the fields of Munin plugins. */
export class MuninConfigs {
  readonly #bounds: typeof most;
  /** The one that was read last comes last. */
  readonly #known = new Map<PluginFile, KnownConfig>();
  #fields = 0;

  constructor(bounds = most) {
    this.#bounds = bounds;
  }

  /** What was kept of a plugin; undefined: nothing is. */
  get(file: PluginFile): KnownConfig | undefined {
    return this.#known.get(file);
  }

  /** What the fields of a plugin are, as far as that is known. */
  configOf(file: PluginFile): MuninConfig {
    return this.#known.get(file)?.config ?? onlyGauges;
  }

  keep(file: PluginFile, known: KnownConfig): void {
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
