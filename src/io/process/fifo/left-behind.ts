import type { FormerPair, LeftBehindRuns } from '../launch/launcher.ts';
import { FifoDrain } from './fifo-drain.ts';
import type { FifoPair } from './fifo-pair.ts';
import { HolderLook } from './holder-look.ts';

type HeldPair = {
  readonly file: string;
  pids: readonly number[];
  /** Null: it is closed. */
  toClose: FifoPair | null;
  /** It was seen at a look: what it left behind is counted. */
  isSeen: boolean;
  /** How many of its FIFOs are still held, as far as the drain knows. */
  fifosLeft: number;
};

const firstLookMs = 100; // most processes that outlive their script do so for a moment
const lookAgainMs = 10_000;
const restFactor = 100; // a look may take 1 % of the time
const mostOpen = 16; // pairs that are read as they fill

/**
 * The pairs of FIFOs that processes hold after their run has ended. Up to 16 pairs stay open and
 * are read as they fill. More cost no descriptor: a pair is closed once a look at `/proc` has found
 * who holds it, and that each holder reads it as well, and is then read in turn by `FifoDrain`.
 * All looks are off the way of runs: on timers, some hundred processes at a time. Nothing here
 * throws, and no process is signalled.
 */
export class LeftBehindPairs implements LeftBehindRuns {
  readonly #look: HolderLook;
  readonly #drain = new FifoDrain();
  readonly #pairs = new Map<string, HeldPair>();
  readonly #onReleased: (pair: FifoPair) => void;
  readonly #onClosed: () => void;
  #onChange: (files: ReadonlySet<string>) => void = () => {};
  #timer: NodeJS.Timeout | null = null;
  #timerDueMs = 0;
  #notBeforeMs = 0;
  #isClosed = false;

  /**
   * `onReleased` gets a pair when no process holds it any more. `onClosed` is called when the
   * descriptors of a pair are closed, be it held or not.
   */
  constructor(dir: string, onReleased: (pair: FifoPair) => void, onClosed: () => void) {
    this.#look = new HolderLook(dir);
    this.#onReleased = onReleased;
    this.#onClosed = onClosed;
  }

  onChange(onChange: (files: ReadonlySet<string>) => void): void {
    this.#onChange = onChange;
  }

  /** A run of `file` has ended, and another process holds its pair. */
  add(file: string, pair: FifoPair): void {
    this.#pairs.set(pair.prefix, { file, pids: [], toClose: pair, isSeen: false, fifosLeft: 2 });
    pair.onFree(() => this.#forget(pair.prefix, pair));
    this.#lookIn(firstLookMs);
  }

  adopt(former: readonly FormerPair[]): void {
    for (const { file, prefix, pids } of former)
      this.#pairs.set(prefix, { file, pids, toClose: null, isSeen: true, fifosLeft: 0 });
    if (former.length > 0) this.#lookIn(lookAgainMs);
  }

  of(file: string): ReturnType<LeftBehindRuns['of']> {
    if (this.#pairs.size === 0) return null; // asked for each plugin
    const pids = new Set<number>();
    let unknown = 0;
    for (const held of this.#pairs.values()) {
      if (held.file !== file || !held.isSeen) continue;
      for (const pid of held.pids) pids.add(pid);
      if (held.pids.length === 0) unknown += 1;
    }
    const count = pids.size + unknown;
    return count === 0 ? null : { count, pids: [...pids] };
  }

  /** Looks no more. The pairs are read as long as this process lives. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  hasPairs(): boolean {
    return this.#pairs.size > 0;
  }

  /** How many pairs still have descriptors. */
  openPairs(): number {
    let open = 0;
    for (const { toClose } of this.#pairs.values()) if (toClose !== null) open += 1;
    return open;
  }

  #lookIn(delayMs: number): void {
    if (this.#isClosed) return;
    const dueMs = Math.max(performance.now() + delayMs, this.#notBeforeMs);
    if (this.#timer !== null && this.#timerDueMs <= dueMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => this.#beginLook(), dueMs - performance.now()).unref();
  }

  #beginLook(): void {
    this.#timer = null;
    if (this.#pairs.size === 0) return;
    const looked = new Set(this.#pairs.keys()); // pairs that come meanwhile wait for the next look
    this.#look.begin(looked, (byPrefix, tookMs) => {
      this.#notBeforeMs = performance.now() + tookMs * restFactor;
      this.#afterLook(looked, byPrefix);
      if (this.#pairs.size > 0) this.#lookIn(lookAgainMs);
    });
  }

  #afterLook(looked: ReadonlySet<string>, byPrefix: ReturnType<HolderLook['result']>): void {
    const changed = new Set<string>();
    let open = this.openPairs();
    for (const [prefix, held] of this.#pairs) {
      if (!looked.has(prefix)) continue;
      const { pids, writesOnly } = byPrefix.get(prefix) ?? { pids: [], writesOnly: false };
      if (pids.length === 0 && held.fifosLeft === 0) {
        this.#pairs.delete(prefix); // of a former agent: only looks tell that it is not held any more
        changed.add(held.file);
        continue;
      }
      if (!held.isSeen || pids.length > held.pids.length) changed.add(held.file);
      held.isSeen = true;
      held.pids = pids;
      // A holder that was not seen may only write: without us it would get a SIGPIPE.
      const mayClose = pids.length > 0 && !writesOnly && open > mostOpen;
      if (!mayClose || held.toClose === null || !held.toClose.areReadable()) continue;
      this.#letGo(prefix, held, held.toClose);
      open -= 1;
    }
    if (changed.size > 0) this.#onChange(changed);
  }

  #letGo(prefix: string, held: HeldPair, pair: FifoPair): void {
    held.toClose = null;
    pair.letGo();
    this.#onClosed();
    for (const path of [pair.outPath, pair.errPath]) {
      this.#drain.add(path, () => {
        held.fifosLeft -= 1;
        if (held.fifosLeft === 0) this.#forget(prefix, pair);
      });
    }
  }

  #forget(prefix: string, pair: FifoPair): void {
    const held = this.#pairs.get(prefix);
    if (held === undefined) return;
    this.#pairs.delete(prefix);
    this.#onReleased(pair);
    if (held.toClose !== null) this.#onClosed();
    if (held.isSeen) this.#onChange(new Set([held.file]));
  }
}
