import type { Edges } from '../io/edges.ts';
import { directoryName } from '../io/process/held-names.ts';
import type { Config } from '../model/config.ts';

/** A name that this process holds for a directory. */
type HeldDirectory = { release(): void };

/**
 * Keeps other agents of this user away from the directories of this one, also while the files in
 * them are gone: no two agents have one state directory, or run the plugins of one directory.
 */
export class HeldDirectories {
  readonly #edges: Pick<Edges, 'heldNames' | 'files' | 'machine'>;
  #state: HeldDirectory | null = null;
  /** The path that each `[directory:NAME]` leads to; null stands for the script directory. */
  readonly #paths = new Map<string | null, string>();
  /** The names of these paths. */
  readonly #plugins = new Map<string, HeldDirectory>();

  constructor(edges: Pick<Edges, 'heldNames' | 'files' | 'machine'>) {
    this.#edges = edges;
  }

  /** Holds the state directory. Null, or one sentence for the user: another agent has it. */
  holdState(stateDir: string): string | null {
    const held = this.#hold('state', stateDir);
    if (!('pid' in held)) {
      this.#state = held;
      return null;
    }
    return (
      `another agent uses the state directory ${stateDir} (pid ${held.pid}); ` +
      'stop that one, or give this one its own with --state-dir DIR'
    );
  }

  /**
   * Holds the plugin directory of a configuration in place of the former one: none, if scripts are
   * not enabled. Null, or the id of the process that has it; then nothing has changed.
   */
  holdScripts({ enabled, location }: Config['scripts']): number | null {
    if (enabled) return this.#holdPlugins(null, location);
    this.letGo(null);
    return null;
  }

  /**
   * Holds the directory of a `[directory:NAME]` in place of its former one. Null, or the id of the
   * process that has it.
   */
  holdDirectory(directory: string, location: string): number | null {
    const pid = this.#holdPlugins(directory, location);
    if (pid !== null) this.letGo(directory);
    return pid;
  }

  /** Holds the directory of a section no more. */
  letGo(directory: string | null): void {
    this.#paths.delete(directory);
    this.#releaseUnused();
  }

  release(): void {
    this.#state?.release();
    this.#state = null;
    this.#paths.clear();
    this.#releaseUnused();
  }

  #holdPlugins(directory: string | null, location: string): number | null {
    const path = this.#edges.files.realpath(location);
    if (!this.#plugins.has(path)) {
      const held = this.#hold('scripts', path);
      if ('pid' in held) return held.pid;
      this.#plugins.set(path, held);
    }
    this.#paths.set(directory, path);
    this.#releaseUnused();
    return null;
  }

  #releaseUnused(): void {
    const used = new Set(this.#paths.values());
    for (const [path, held] of this.#plugins) {
      if (used.has(path)) continue;
      held.release();
      this.#plugins.delete(path);
    }
  }

  #hold(kind: 'state' | 'scripts', path: string): HeldDirectory | { readonly pid: number } {
    const { heldNames, machine } = this.#edges;
    const name = directoryName(kind, machine.uid, path);
    const held = heldNames.hold(name);
    return held === null ? { pid: heldNames.holder(name) ?? 0 } : held;
  }
}

/**
 * Holds the plugin directory of a configuration. Null, or one sentence for the user: another agent
 * runs its plugins.
 */
export function heldByAnother(held: HeldDirectories, { scripts }: Config): string | null {
  const pid = held.holdScripts(scripts);
  return pid === null
    ? null
    : `another agent (pid ${pid}) runs the plugins of ${scripts.location}; ` +
        'stop that one, or give this one another directory with -s DIR';
}
