import type { Edges } from '../io/edges.ts';
import { directoryName } from '../io/process/held-names.ts';
import type { Config } from '../model/config.ts';

/** A name that this process holds, and the directory that it stands for. */
type HeldDirectory = { readonly path: string; release(): void };

/**
 * Keeps other agents of this user away from the directories of this one, also while the files in
 * them are gone: no two agents have one state directory, or run the plugins of one directory.
 */
export class HeldDirectories {
  readonly #edges: Pick<Edges, 'heldNames' | 'files' | 'machine'>;
  #state: HeldDirectory | null = null;
  #scripts: HeldDirectory | null = null;

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
    const path = enabled ? this.#edges.files.realpath(location) : null;
    if (path === (this.#scripts?.path ?? null)) return null;
    const held = path === null ? null : this.#hold('scripts', path);
    if (held !== null && 'pid' in held) return held.pid;
    this.#scripts?.release();
    this.#scripts = held;
    return null;
  }

  release(): void {
    this.#state?.release();
    this.#scripts?.release();
    this.#state = null;
    this.#scripts = null;
  }

  #hold(kind: 'state' | 'scripts', path: string): HeldDirectory | { readonly pid: number } {
    const { heldNames, machine } = this.#edges;
    const name = directoryName(kind, machine.uid, path);
    const held = heldNames.hold(name);
    return held === null ? { pid: heldNames.holder(name) ?? 0 } : { path, release: held.release };
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
