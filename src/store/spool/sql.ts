import type { Database } from '../../io/disk/database.ts';
import type { Block } from './blocks.ts';
import type { SinkPosition } from './positions.ts';
import type { NumberedBlock } from './tail.ts';

/** The value of a counter that a sink got last, and its time in unix seconds. */
export type FormerValue = { readonly value: number; readonly atS: number };

/** The statements that the spool runs on its file. Every function throws what SQLite says. */
export type SpoolSql = {
  /** The id of the newest block. 0: there is none. */
  newest(): number;
  /** How many bytes of samples are in the file. */
  bytes(): number;
  /** How many samples are in the blocks behind an id. */
  samplesAfter(id: number): number;
  /** Ids and sizes of the blocks behind an id, oldest first, `most` at most. */
  sizesAfter(id: number, most: number): readonly { readonly id: number; readonly samples: number }[];
  /** The texts of the blocks behind `after` up to `last`. */
  linesBetween(after: number, last: number): readonly string[];
  /** The first block behind an id. Null: there is none. */
  next(after: number): (NumberedBlock & { readonly bytes: number }) | null;
  insert(id: number, block: Block): void;
  remove(id: number): void;
  /** Writes a sink's position. */
  move(sink: string, position: SinkPosition): void;
  /** Adds to the samples that a sink has lost. */
  lose(sink: string, samples: number): void;
  /** Adds the samples of block `id` to the losses of each absent sink that had not passed it. */
  loseForAbsent(id: number, samples: number): void;
  /** The values of counters that sinks got last, those longest unseen first. */
  counters(): readonly ({ readonly sink: string; readonly metric: string } & FormerValue)[];
  /** Writes the value of a counter that a sink got last. */
  keepCounter(sink: string, metric: string, former: FormerValue): void;
  removeCounter(sink: string, metric: string): void;
  /** Deletes the values of all counters that a sink got. */
  clearCounters(sink: string): void;
  /** The history's position: the last block that it has read. Null: no history is kept. */
  followed(): number | null;
  /** Writes the history's position. */
  follow(id: number | null): void;
  /**
   * Deletes the blocks that every sink, and the history, has passed: the oldest of them, about 1
   * MiB or 2,000 blocks. Returns their bytes of samples, and whether there are more.
   */
  dropPassed(): PassedBlocks;
};

/** What was deleted of the blocks that every sink has passed. */
export type PassedBlocks = { readonly freedBytes: number; readonly hasMore: boolean };

const mostPassed = { blocks: 2000, bytes: 1024 * 1024 };

/**
 * The lowest position of all. Where there is neither a sink nor a history, it is beyond every
 * block.
 */
const passedByAll = `(SELECT COALESCE(MIN(block), 9223372036854775807)
  FROM (SELECT block FROM places UNION ALL SELECT block FROM history_state))`;

/** Prepares the statements once. */
export function prepareSpoolSql(db: Database): SpoolSql {
  const newest = db.prepare('SELECT COALESCE(MAX(id), 0) AS id FROM blocks');
  const bytes = db.prepare('SELECT COALESCE(SUM(bytes), 0) AS bytes FROM blocks INDEXED BY block_sizes');
  const countAfter = db.prepare(
    'SELECT COALESCE(SUM(samples), 0) AS samples FROM blocks INDEXED BY block_sizes WHERE id > ?',
  );
  const sizes = db.prepare('SELECT id, samples FROM blocks INDEXED BY block_sizes WHERE id > ? ORDER BY id LIMIT ?');
  const contents = db.prepare('SELECT lines FROM blocks WHERE id > ? AND id <= ? ORDER BY id');
  const next = db.prepare('SELECT id, samples, bytes, lines FROM blocks WHERE id > ? ORDER BY id LIMIT 1');
  const insert = db.prepare('INSERT INTO blocks (id, samples, bytes, lines) VALUES (?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM blocks WHERE id = ?');
  const move = db.prepare('UPDATE places SET block = ?, lost = ? WHERE sink = ?');
  const lose = db.prepare('UPDATE places SET lost = lost + ? WHERE sink = ?');
  const loseForAbsent = db.prepare('UPDATE places SET lost = lost + ? WHERE block < ? AND absent_since IS NOT NULL');
  const counters = db.prepare('SELECT sink, metric, value, at FROM counters ORDER BY at');
  const keepCounter = db.prepare('INSERT OR REPLACE INTO counters (sink, metric, value, at) VALUES (?, ?, ?, ?)');
  const removeCounter = db.prepare('DELETE FROM counters WHERE sink = ? AND metric = ?');
  const clearCounters = db.prepare('DELETE FROM counters WHERE sink = ?');
  const followed = db.prepare('SELECT block FROM history_state');
  const follow = db.prepare('UPDATE history_state SET block = ?');
  const passed = db.prepare(
    `SELECT id, bytes FROM blocks INDEXED BY block_sizes WHERE id <= ${passedByAll} ORDER BY id LIMIT ?`,
  );
  const dropUpTo = db.prepare('DELETE FROM blocks WHERE id <= ?');
  return {
    newest: () => Number(newest.all()[0]?.['id']),
    bytes: () => Number(bytes.all()[0]?.['bytes']),
    samplesAfter: (id) => Number(countAfter.all(id)[0]?.['samples']),
    sizesAfter: (id, most) =>
      sizes.all(id, most).map((row) => ({ id: Number(row['id']), samples: Number(row['samples']) })),
    linesBetween: (after, last) => contents.all(after, last).map(({ lines }) => String(lines)),
    next(after) {
      const [row] = next.all(after);
      if (!row) return null;
      return {
        id: Number(row['id']),
        samples: Number(row['samples']),
        bytes: Number(row['bytes']),
        lines: String(row['lines']),
      };
    },
    insert: (id, { samples, lines }) => insert.run(id, samples, lines.length, lines),
    remove: (id) => remove.run(id),
    move: (sink, { block, lost }) => move.run(block, lost, sink),
    lose: (sink, samples) => lose.run(samples, sink),
    loseForAbsent: (id, samples) => loseForAbsent.run(samples, id),
    counters: () =>
      counters.all().map(({ sink, metric, value, at }) => ({
        sink: String(sink),
        metric: String(metric),
        value: Number(value),
        atS: Number(at),
      })),
    keepCounter: (sink, metric, { value, atS }) => keepCounter.run(sink, metric, value, atS),
    removeCounter: (sink, metric) => removeCounter.run(sink, metric),
    clearCounters: (sink) => clearCounters.run(sink),
    followed() {
      const block = followed.all()[0]?.['block'] ?? null;
      return block === null ? null : Number(block);
    },
    follow: (id) => follow.run(id),
    dropPassed() {
      const blocks = passed.all(mostPassed.blocks);
      let [freedBytes, count] = [0, 0];
      while (count < blocks.length && freedBytes < mostPassed.bytes) {
        freedBytes += Number(blocks[count]?.['bytes']);
        count += 1;
      }
      const last = blocks[count - 1]?.['id'];
      if (last !== undefined) dropUpTo.run(last);
      return { freedBytes, hasMore: count < blocks.length || count === mostPassed.blocks };
    },
  };
}
