/**
 * Blocks of the spool that are to be moved into the history: the last of them, and in how many
 * ms.
 */
export type DueBlocks = { readonly upTo: number; readonly delayMs: number };

/**
 * Wait after the end of a bucket: runs that ended in it are committed by then, those of the tick
 * have begun.
 */
const settleMs = 5000;

/** Wait between two steps, so that other work is not held up. */
export const pauseMs = 20;

/**
 * Decides after each commit whether blocks are due: once in five minutes, or when too much waits
 * for it.
 */
export class MoveSchedule {
  /** The bucket of the last commit. Null: no history was kept then. */
  #bucket: number | null = null;
  /** The newest block of the last commit. */
  #newest: number;
  /** How many samples wait in the spool for the history. */
  #samplesBehind = 0;

  constructor(newest: number) {
    this.#newest = newest;
  }

  /**
   * Takes a commit of `samples` in the bucket that begins at `bucket`, after which `newest` is
   * the newest block. Returns what is due. Null: nothing is.
   */
  committed(samples: number, newest: number, bucket: number, mostBehind: number): DueBlocks | null {
    const before = this.#newest;
    this.#newest = newest;
    this.#samplesBehind += samples;
    if (bucket !== this.#bucket) {
      this.#bucket = bucket;
      return { upTo: before, delayMs: settleMs };
    }
    return this.#samplesBehind > mostBehind ? { upTo: newest, delayMs: pauseMs } : null;
  }

  /** Takes a commit while no history is kept. */
  committedWithout(newest: number): void {
    this.#newest = newest;
    this.#bucket = null;
    this.#samplesBehind = 0;
  }

  /** Blocks were moved: `samplesBehind` samples are left. */
  moved(samplesBehind: number): void {
    this.#samplesBehind = samplesBehind;
  }

  /** There is another file: blocks are due with the next commit. */
  startAfresh(): void {
    this.#bucket = null;
  }
}
