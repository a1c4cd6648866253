import type { Batch } from '../../model/sink.ts';
import { type Loss, sumOfLosses } from './blocks.ts';
import type { DroppedBlock } from './bound.ts';
import type { FormerValues, SinkCounters } from './counters.ts';
import type { SinkPosition, SinkPositions } from './positions.ts';
import type { SpoolSql } from './sql.ts';

/**
 * The batch that a sink is delivering: its last block, and how many samples it was made of.
 * `counters`: what is to be remembered of them once it is accepted; null: it has no increases.
 */
type OpenBatch = { readonly last: number; readonly storedSamples: number; readonly counters: FormerValues | null };

/**
 * Each sink's position and count of waiting samples, in memory. It is ahead of the file where a
 * position could not be written yet.
 */
export type Ledger = {
  /** The positions of the sinks that the agent runs with. */
  positions(): ReadonlyMap<string, SinkPosition>;
  /** How many samples wait for a sink; 0 for one that has no position. */
  waiting(sink: string): number;
  /** Adds new samples to what waits for each sink. */
  addToAll(samples: number): void;
  setWaiting(sink: string, samples: number): void;
  /**
   * Counts a sink's samples again after blocks were lost that it may be delivering: `waiting`
   * returns how many are left behind a block.
   */
  recount(sink: string, waiting: (block: number) => number): void;
  /** Notes the batch that a sink begins to deliver: its blocks must stay. */
  openBatch(sink: string, batch: OpenBatch): void;
  /**
   * Moves a sink's position behind the batch that it delivered. Returns how many of the batch's
   * samples could not be read back; if that is less than 0, samples that counted as lost were
   * delivered. Null: it is not the sink's open batch, and nothing has changed.
   */
  accept(sink: string, batch: Batch): number | null;
  /** False: the block belongs to a batch that a sink is delivering. */
  mayDrop(id: number): boolean;
  /** The lowest position; infinite if there are no sinks. */
  first(): number;
  /** Marks a sink's position as changed, so that the next `write` writes it. */
  moved(sink: string): void;
  /** Counts samples that went from memory before absent sinks had them. */
  lostToAbsent(samples: number): void;
  /**
   * Counts dropped blocks as lost for each sink that had not passed them, and calls `report` for
   * it.
   */
  lose(blocks: readonly DroppedBlock[], report: (sink: string, loss: Loss) => void): void;
  isDirty(): boolean;
  /** Writes what changed, inside the caller's transaction. Throws what SQLite says. */
  write(sql: SpoolSql): void;
  /** Notes that what `write` wrote is committed. */
  written(): void;
  /** Changes to another set of sinks; `waiting` holds the counts of those that are new in it. */
  replace(positions: SinkPositions, waiting: ReadonlyMap<string, number>): void;
};

/**
 * Begins with the positions that the file has; `waitingBehind` counts the samples behind a block.
 * Writes `counters` with them.
 */
export function createLedger(
  initial: SinkPositions,
  waitingBehind: (block: number) => number,
  counters: SinkCounters,
): Ledger {
  let positions = initial.present;
  let toAbsent = 0;
  const waiting = new Map([...positions].map(([sink, { block }]) => [sink, waitingBehind(block)]));
  const [openBatches, moved] = [new Map<string, OpenBatch>(), new Set<string>()];

  function add(sink: string, samples: number) {
    waiting.set(sink, (waiting.get(sink) ?? 0) + samples);
  }

  return {
    positions: () => positions,
    waiting: (sink) => waiting.get(sink) ?? 0,
    addToAll(samples) {
      for (const sink of positions.keys()) add(sink, samples);
    },
    setWaiting: (sink, samples) => void waiting.set(sink, samples),
    recount(sink, waitingAfter) {
      const left = waitingAfter(positions.get(sink)?.block ?? 0);
      const open = openBatches.get(sink);
      if (open) openBatches.set(sink, { ...open, storedSamples: left - waitingAfter(open.last) });
      waiting.set(sink, left);
      moved.add(sink);
    },
    openBatch: (sink, batch) => void openBatches.set(sink, batch),
    accept(sink, batch) {
      const position = positions.get(sink);
      const open = openBatches.get(sink);
      if (!position || open?.last !== batch.position) return null;
      counters.settle(sink, open.counters);
      // a batch from a file that was set aside meanwhile must not move the position in the new one
      if (batch.position <= position.block) return null;
      const unreadable = open.storedSamples - batch.samples.length;
      position.block = batch.position;
      position.lost += unreadable;
      add(sink, -open.storedSamples);
      moved.add(sink);
      return unreadable;
    },
    mayDrop: (id) => [...openBatches].every(([sink, { last }]) => id <= (positions.get(sink)?.block ?? 0) || id > last),
    first: () => Math.min(...[...positions.values()].map(({ block }) => block)),
    moved: (sink) => void moved.add(sink),
    lostToAbsent(samples) {
      toAbsent += samples;
    },
    lose(blocks, report) {
      for (const [sink, position] of positions) {
        const sum = sumOfLosses(blocks.filter(({ id }) => id > position.block).map(({ loss }) => loss));
        if (!sum) continue;
        position.lost += sum.samples;
        add(sink, -sum.samples);
        report(sink, sum);
      }
    },
    isDirty: () => moved.size > 0 || toAbsent > 0 || counters.isDirty(),
    write(sql) {
      for (const sink of moved) sql.move(sink, positions.get(sink) ?? { block: 0, lost: 0 });
      counters.write(sql);
      if (toAbsent > 0) sql.loseForAbsent(Number.MAX_SAFE_INTEGER, toAbsent);
    },
    written() {
      moved.clear();
      toAbsent = 0;
      counters.written();
    },
    replace(next, waitingForNew) {
      for (const sink of positions.keys()) {
        if (next.present.has(sink)) continue;
        waiting.delete(sink);
        openBatches.delete(sink);
      }
      for (const [sink, samples] of waitingForNew) waiting.set(sink, samples);
      positions = next.present;
    },
  };
}
