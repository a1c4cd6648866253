import type { Emit } from '../model/event.ts';

/** A file of the agent that another process can remove while the agent runs. */
export type KeptFile = {
  /** As the log names it: `the pid file`. */
  readonly name: string;
  isThere(): boolean;
  /** Makes it again. Null, or one sentence for the user: it can't be made. */
  remake(): string | null | Promise<string | null>;
};

/**
 * Makes the agent's files again that were removed while it runs, in a given order: a directory
 * comes before what is in it. What was made again is logged once; what can't be made is logged when
 * the cause changes, and tried again at the next tick.
 */
export class Upkeep {
  readonly #files: readonly KeptFile[];
  readonly #emit: Emit;
  /** Why a file could not be made again at the last try. */
  readonly #failures = new Map<string, string>();
  #look: Promise<void> | null = null;

  constructor(files: readonly KeptFile[], emit: Emit) {
    this.#files = files;
    this.#emit = emit;
  }

  /**
   * Looks at all files; resolves when those that were gone are made again, or can't be. A look that
   * is under way is not begun again. Called at each tick. Never rejects.
   */
  look(): Promise<void> {
    this.#look ??= this.#lookAtAll().finally(() => {
      this.#look = null;
    });
    return this.#look;
  }

  /** Whether all files are there, and none is being made again. Never throws. */
  isWhole(): boolean {
    return this.#look === null && this.#files.every((file) => file.isThere());
  }

  async #lookAtAll(): Promise<void> {
    const remade: string[] = [];
    for (const file of this.#files) if (!file.isThere() && (await this.#isRemade(file))) remade.push(file.name);
    if (remade.length > 0) this.#emit({ event: 'files.remade', files: remade });
  }

  async #isRemade(file: KeptFile): Promise<boolean> {
    const { name } = file;
    const failed = await file.remake();
    if (failed === null) this.#failures.delete(name);
    else if (this.#failures.get(name) !== failed) {
      this.#failures.set(name, failed);
      this.#emit({ event: 'files.missing', file: name, detail: failed });
    }
    return failed === null;
  }
}
