import type { Clock } from '../../clock.ts';
import type { OutputListener } from '../launch/launcher.ts';
import { removeFifo } from './fifo.ts';
import { FifoFolder } from './fifo-folder.ts';
import { type FifoPair, openFifoPair } from './fifo-pair.ts';
import type { MakeFifo } from './make-fifo.ts';
import { RecentPairs } from './recent-pairs.ts';

/**
 * The pairs of FIFOs of one agent. A pair is *in use* from `take` to `giveBack`, and *idle* until
 * it is taken again or removed. Used by `posix-launcher.ts`, a thousand times a tick.
 */
export class FifoPool {
  readonly #folder: FifoFolder;
  readonly #clock: Clock;
  readonly #makeFifo: MakeFifo;
  readonly #recent = new RecentPairs();
  #idle: FifoPair[] = [];
  #isClosed = false;

  /**
   * Makes the folder `dir` if it is missing, with mode 0700. Throws only if that can't be done.
   */
  constructor(dir: string, clock: Clock, makeFifo: MakeFifo) {
    this.#folder = new FifoFolder(dir);
    this.#clock = clock;
    this.#makeFifo = makeFifo;
  }

  /**
   * Returns a pair for a script that begins now: an idle one, or else a new one. What the script
   * writes is handed on as it comes from about 20 ms on. Throws the system's error.
   */
  take(output: OutputListener): FifoPair {
    if (this.#idle.length > 0 && !this.#folder.isUnchanged()) this.#removeIncomplete();
    const pair = this.#idle.pop() ?? this.#make();
    pair.begin(output, this.#folder.changesSeen);
    this.#recent.add(pair);
    return pair;
  }

  /** Takes a pair back. It is kept if fewer than `maxIdle` are idle, and removed otherwise. */
  giveBack(pair: FifoPair, maxIdle: number): void {
    this.#recent.remove(pair);
    if (pair.isSpent()) return;
    // A change that was seen since the script began may have been the removal of this pair's
    // files.
    const isThere = pair.folderChangesAtStart() === this.#folder.changesSeen || pair.areThere();
    if (isThere && !this.#isClosed && this.#idle.length < maxIdle) this.#idle.push(pair);
    else this.#remove(pair);
  }

  /** Removes the idle pairs, and from now on each pair that is given back. */
  close(): void {
    this.#isClosed = true;
    for (const pair of this.#idle) pair.remove();
    this.#idle = [];
  }

  #make(): FifoPair {
    this.#folder.make(); // a program that cleans up may have removed it
    const prefix = this.#folder.nextPrefix();
    const [outPath, errPath] = [`${prefix}.out`, `${prefix}.err`];
    try {
      this.#makeFifo(outPath);
      this.#makeFifo(errPath);
      return openFifoPair(outPath, errPath, this.#clock);
    } catch (error) {
      for (const path of [outPath, errPath]) removeFifo(path);
      throw error;
    } finally {
      this.#folder.noteOwnChange();
    }
  }

  #remove(pair: FifoPair): void {
    this.#folder.noteOwnChange();
    pair.remove();
  }

  /** Removes the idle pairs that have lost a file. */
  #removeIncomplete(): void {
    const incomplete = this.#idle.filter((pair) => !pair.areThere());
    this.#idle = this.#idle.filter((pair) => !incomplete.includes(pair));
    for (const pair of incomplete) this.#remove(pair);
  }
}
