import type { Clock } from '../../clock.ts';
import type { OutputListener } from '../launch/launcher.ts';
import { removeFifo } from './fifo.ts';
import { FifoFolder } from './fifo-folder.ts';
import { type FifoPair, openFifoPair, pathsOf } from './fifo-pair.ts';
import { LeftBehindPairs } from './left-behind.ts';
import type { MakeFifo } from './make-fifo.ts';
import { RecentPairs } from './recent-pairs.ts';
import { freePairName, RunRecords } from './run-records.ts';

type FifoPoolOptions = { readonly recordsRuns: boolean; readonly onFreed: () => void };

/**
 * The pairs of FIFOs of one agent. A pair is *in use* from `take` to `giveBack`, and *idle* until
 * it is taken again or removed; or it is *left behind*, while processes hold it after the run.
 * Used by `posix-launcher.ts`, a thousand times a tick.
 */
export class FifoPool {
  readonly #folder: FifoFolder;
  readonly #clock: Clock;
  readonly #makeFifo: MakeFifo;
  readonly #recent = new RecentPairs();
  readonly #records: RunRecords | null;
  readonly #onFreed: () => void;
  readonly leftBehind: LeftBehindPairs;
  #idle: FifoPair[] = [];
  #inUse = 0;
  #isClosed = false;

  /**
   * Makes the folder `dir` if it is missing, with mode 0700. `recordsRuns`: which script has which
   * pair is noted there for the next agent. `onFreed` is called when a pair is idle again, or its
   * descriptors are closed. Throws only if the folder can't be made.
   */
  constructor(dir: string, clock: Clock, makeFifo: MakeFifo, { recordsRuns, onFreed }: FifoPoolOptions) {
    const name = freePairName(dir, process.pid);
    this.#folder = new FifoFolder(dir, name);
    this.#records = recordsRuns ? new RunRecords(dir, name) : null;
    this.#clock = clock;
    this.#makeFifo = makeFifo;
    this.#onFreed = onFreed;
    this.leftBehind = new LeftBehindPairs(dir, (pair) => this.#folder.free(pair.number), onFreed);
  }

  /** How many pairs have descriptors, two each. */
  openPairs(): number {
    return this.#inUse + this.#idle.length + this.leftBehind.openPairs();
  }

  hasIdle(): boolean {
    return this.#idle.length > 0;
  }

  /**
   * Returns a pair for a run of the script `file` that begins now: an idle one, or else a new one.
   * What the script writes is handed on as it comes from about 20 ms on. Throws the system's
   * error.
   */
  take(file: string, output: OutputListener): FifoPair {
    if (this.#idle.length > 0 && !this.#folder.isUnchanged()) this.#folderChanged();
    const pair = this.#idle.pop() ?? this.#make();
    this.#records?.starting(pair.number, file);
    pair.begin(output, this.#folder.changesSeen);
    this.#recent.add(pair);
    this.#inUse += 1;
    return pair;
  }

  /** The script could not be started. */
  notStarted(pair: FifoPair): void {
    this.#records?.starting(pair.number, '');
  }

  /** The script was started. */
  started(pair: FifoPair, pid: number): void {
    this.#records?.started(pair.number, pid);
  }

  /** Takes a pair back. It is kept if fewer than `maxIdle` are idle, and removed otherwise. */
  giveBack(file: string, pair: FifoPair, maxIdle: number): void {
    this.#recent.remove(pair);
    this.#inUse -= 1;
    if (pair.isSpent()) {
      this.#records?.leftBehind(pair.number);
      this.leftBehind.add(file, pair);
      return;
    }
    // A change that was seen since the script began may have been the removal of this pair's
    // files.
    const isThere = pair.folderChangesAtStart() === this.#folder.changesSeen || pair.areThere();
    if (isThere && !this.#isClosed && this.#idle.length < maxIdle) this.#idle.push(pair);
    else this.#remove(pair);
    this.#onFreed();
  }

  /** Removes the idle pairs, and from now on each pair that is given back. */
  close(): void {
    this.#isClosed = true;
    for (const pair of this.#idle) pair.remove();
    this.#idle = [];
    this.#records?.close(this.#inUse === 0 && !this.leftBehind.hasPairs());
    this.leftBehind.close();
  }

  #make(): FifoPair {
    this.#folder.make(); // a program that cleans up may have removed it
    const name = this.#folder.nextName();
    const paths = pathsOf(name.path);
    try {
      for (const path of paths) this.#makeFifo(path);
      return openFifoPair(name, this.#clock);
    } catch (error) {
      for (const path of paths) removeFifo(path);
      this.#folder.free(name.number);
      throw error;
    } finally {
      this.#folder.noteOwnChange();
    }
  }

  #remove(pair: FifoPair): void {
    this.#folder.noteOwnChange();
    pair.remove();
    this.#folder.free(pair.number);
  }

  /** Removes the idle pairs that have lost a file. */
  #folderChanged(): void {
    this.#records?.folderChanged();
    const incomplete = this.#idle.filter((pair) => !pair.areThere());
    this.#idle = this.#idle.filter((pair) => !incomplete.includes(pair));
    for (const pair of incomplete) this.#remove(pair);
  }
}
