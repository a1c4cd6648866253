import type { AgentEvent } from '../model/event.ts';
import type { JudgedScript, PluginFile } from '../model/plugin.ts';

const shownDigits = 12;

/**
 * What the scripts of plugins hold, in short: read once, and again after a change that a scan has
 * found. One is read at a time, apart from ticks.
 */
export class ScriptHashes {
  readonly #hashOf: (path: string) => Promise<string | null>;
  readonly #known = new Map<PluginFile, string | null>();
  /** The scripts to be read, in the order in which they were asked for. */
  readonly #wanted = new Map<PluginFile, { readonly path: string }>();
  #isReading = false;

  constructor(hashOf: (path: string) => Promise<string | null>) {
    this.#hashOf = hashOf;
  }

  /** Forgets what an event says is another script now. Must see every event. */
  note(event: AgentEvent): void {
    if (event.event !== 'plugin.changed' && event.event !== 'plugin.added' && event.event !== 'plugin.removed') return;
    this.#known.delete(event.plugin);
    this.#wanted.delete(event.plugin);
  }

  /**
   * The first 12 digits of the SHA-256 of a script. Null: it can't be read. Undefined: not known
   * yet, or not accepted; what was known before stays true.
   */
  of({ plugin, rejection }: JudgedScript): string | null | undefined {
    const known = this.#known.get(plugin.file);
    if (known !== undefined || rejection !== null) return known;
    if (!this.#wanted.has(plugin.file)) this.#wanted.set(plugin.file, { path: plugin.path });
    if (!this.#isReading) void this.#read();
    return undefined;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    for (const [file, wanted] of this.#wanted) {
      const hash = await this.#hashOf(wanted.path);
      if (this.#wanted.get(file) !== wanted) continue; // it was changed meanwhile, and perhaps asked for again
      this.#wanted.delete(file);
      this.#known.set(file, hash === null ? null : hash.slice(0, shownDigits));
    }
    this.#isReading = false;
  }
}
