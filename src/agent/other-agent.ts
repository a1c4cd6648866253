import type { Advice } from '../model/advice.ts';
import type { Emit } from '../model/event.ts';
import { adviceOnDirectory } from '../plugins/rejection-advice.ts';

/** Keeps the plugins from running while another agent runs them, and reports it. */
export class OtherAgent {
  readonly #hold: () => number | null;
  readonly #location: () => string;
  readonly #emit: Emit;
  #suspension: Advice<'directory-suspended'> | null = null;

  /** `hold` returns null, or the id of the other agent; `location` is the plugin directory. */
  constructor(hold: () => number | null, location: () => string, emit: Emit) {
    this.#hold = hold;
    this.#location = location;
    this.#emit = emit;
  }

  /** Why no plugin runs; null: no other agent runs them, as of the last look. */
  suspension(): Advice<'directory-suspended'> | null {
    return this.#suspension;
  }

  /** To be called at each tick. */
  look(): void {
    const pid = this.#hold();
    const path = this.#location();
    if (pid === null) {
      if (this.#suspension !== null) this.#emit({ event: 'plugins.resumed', path });
      this.#suspension = null;
    } else if (this.#suspension === null) {
      const rejection = { kind: 'in-use', path, pid } as const;
      this.#suspension = adviceOnDirectory(rejection);
      this.#emit({ event: 'plugins.suspended', rejection, advice: this.#suspension });
    }
  }
}
