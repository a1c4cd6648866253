/**
 * Moves blocks of the spool into the history, step by step. First it reads blocks and sorts their
 * samples by metric. Then it writes some metrics in each transaction, which also says up to which
 * name the blocks are written. The last transaction moves the history's position in the spool. So
 * each sample is either in the history, once, or still behind its position, whenever the agent is
 * killed.
 */
import { sortWalk } from '../../io/walk.ts';
import type { Walk } from '../../model/walk.ts';
import { eachSample } from '../spool/blocks.ts';
import { isLeftOutOfHistory } from '../spool/series-word.ts';
import { type MetricSamples, putSamples } from './put-samples.ts';
import type { HistoryStorage, WriteFloors } from './storage.ts';

const samplesAStep = 5000; // about 10 ms
const metricsAStep = 1000; // each is a row of its own in the tables
const sortedAStep = 5; // pieces of the sorting
const mostSamples = 60_000; // of one fold: they are in memory

type FoldPhase =
  /**
   * Blocks are being read: those up to `readTo` are in `byName`, as unix second and value by
   * turns.
   */
  | { readonly kind: 'reading'; readonly byName: Map<string, number[]>; readTo: number; samples: number }
  /** All blocks are read: their metrics are being sorted by name. */
  | { readonly kind: 'sorting'; readonly walk: Walk<readonly MetricSamples[]> }
  /** The metrics before index `next` are written. */
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
    if (this.#phase.kind === 'sorting') this.#sort(this.#phase.walk);
    else if (this.#read(this.#phase))
      this.#phase = { kind: 'sorting', walk: sortWalk<MetricSamples>([...this.#phase.byName], byName) };
    return true;
  }

  #sort(walk: Walk<readonly MetricSamples[]>): void {
    for (let piece = 0; piece < sortedAStep; piece += 1) {
      const next = walk.next();
      if (next.done !== true) continue;
      this.#phase = { kind: 'writing', series: next.value, next: 0 };
      return;
    }
  }

  /** Returns whether all blocks are read. */
  #read(phase: FoldPhase & { readonly kind: 'reading' }): boolean {
    const before = phase.samples;
    const writtenTo = this.#writtenTo;
    for (const block of this.#storage.follower.behind(phase.readTo)) {
      if (block.id > this.#to) return true;
      phase.readTo = block.id;
      phase.samples += block.samples;
      eachSample(block.lines, (metric, value, atS, series) => {
        if ((writtenTo !== null && metric <= writtenTo) || isLeftOutOfHistory(series)) return;
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
    for (
      let count = 0;
      phase.next < phase.series.length && count < samplesAStep && batch.length < metricsAStep;
      phase.next += 1
    ) {
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

function byName([a]: MetricSamples, [b]: MetricSamples): number {
  return a < b ? -1 : 1;
}
