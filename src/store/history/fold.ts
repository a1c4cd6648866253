/**
 * Moves blocks of the spool into the history, step by step. First it reads blocks and sorts their
 * samples by metric. Then it writes some metrics in each transaction, which also says up to which
 * name the blocks are written. The last transaction moves the history's position in the spool. So
 * each sample is either in the history, once, or still behind its position, whenever the agent is
 * killed.
 */
import { eachSample } from '../spool/blocks.ts';
import { type MetricSamples, putSamples } from './put-samples.ts';
import type { HistoryStorage, WriteFloors } from './storage.ts';

const samplesAStep = 5000;
const mostSamples = 60_000; // of one fold: they are in memory

type FoldPhase =
  /**
   * Blocks are being read: those up to `readTo` are in `byName`, as unix second and value by
   * turns.
   */
  | { readonly kind: 'reading'; readonly byName: Map<string, number[]>; readTo: number; samples: number }
  /** All blocks are read: the metrics before index `next` are written. */
  | { readonly kind: 'writing'; readonly series: readonly MetricSamples[]; next: number };

/** One move of blocks into the history. */
export class Fold {
  readonly #storage: HistoryStorage;
  /**
   * The name up to which a former fold, possibly of a killed agent, had written the same blocks.
   */
  readonly #writtenTo: string | null;
  /** As of the beginning: what this fold writes may be of a clock that is wrong. */
  readonly #floors: WriteFloors;
  /** The last block of this fold. */
  #to: number;
  #phase: FoldPhase;

  /**
   * Begins with the blocks up to `dueTo`, or as many as fit in memory. If a former fold was
   * interrupted, this one takes exactly the blocks of that one.
   */
  constructor(storage: HistoryStorage, dueTo: number) {
    const position = storage.follower.position() ?? dueTo;
    const { foldTo, foldAfter } = storage.state();
    const isInterrupted = foldTo !== null && foldTo > position;
    this.#storage = storage;
    this.#floors = storage.writeFloors();
    this.#writtenTo = isInterrupted ? (foldAfter ?? '') : null;
    this.#to = isInterrupted ? foldTo : dueTo;
    this.#phase = { kind: 'reading', byName: new Map(), readTo: position, samples: 0 };
  }

  /**
   * Does a little of it. Returns whether there is more to do. Throws what SQLite says; then this
   * fold is of no use any more, and another must begin.
   */
  step(): boolean {
    if (this.#phase.kind === 'writing') return this.#write(this.#phase);
    const { byName } = this.#phase;
    if (this.#read(this.#phase)) {
      const series = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
      this.#phase = { kind: 'writing', series, next: 0 };
    }
    return true;
  }

  /** Returns whether all blocks are read. */
  #read(phase: FoldPhase & { readonly kind: 'reading' }): boolean {
    const before = phase.samples;
    const writtenTo = this.#writtenTo;
    for (const block of this.#storage.follower.behind(phase.readTo)) {
      if (block.id > this.#to) return true;
      phase.readTo = block.id;
      phase.samples += block.samples;
      eachSample(block.lines, (metric, value, atS) => {
        if (writtenTo !== null && metric <= writtenTo) return;
        const samples = phase.byName.get(metric);
        if (samples) samples.push(atS, value);
        else phase.byName.set(metric, [atS, value]);
      });
      if (writtenTo === null && phase.samples >= mostSamples) {
        this.#to = phase.readTo;
        return true;
      }
      if (phase.samples - before >= samplesAStep) return false;
    }
    return true;
  }

  /** Writes some metrics. Returns whether there are more to write. */
  #write(phase: FoldPhase & { readonly kind: 'writing' }): boolean {
    const batch: MetricSamples[] = [];
    for (let count = 0; phase.next < phase.series.length && count < samplesAStep; phase.next += 1) {
      const one = phase.series[phase.next];
      if (one) batch.push(one);
      count += (one?.[1].length ?? 0) / 2;
    }
    const isLast = phase.next === phase.series.length;
    const progress = isLast
      ? { foldTo: null, foldAfter: null }
      : { foldTo: this.#to, foldAfter: batch.at(-1)?.[0] ?? '' };
    this.#storage.commit(
      (state) => ({ ...putSamples(this.#storage, state, batch, this.#floors), ...progress }),
      isLast ? this.#to : undefined,
    );
    return !isLast;
  }
}
