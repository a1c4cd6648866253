import type { Database } from '../io/database.ts';
import type { Sample } from '../model/sample.ts';
import type { Batch } from '../model/sink.ts';
import { packBlocks, unpackLines } from './blocks.ts';

/** Where samples wait, in the order in which they were committed, until every sink has accepted them. */
export type Spool = {
  /** Writes what is to be written, inside the caller's transaction; `committed` or `rolledBack` must follow it. Gives how many samples went in. */
  append(samples: Iterable<Sample>): number;
  /** True: `append` has something to write, even without samples. */
  isDirty(): boolean;
  committed(): void;
  rolledBack(): void;
  /** One sink's place in it. */
  view(sink: string): SpoolView;
};

/** A sink's own place in the spool. */
export type SpoolView = {
  /** The oldest samples that this sink has not accepted, at most `maxSamples` (which is at least a block's 5,000); null: none. */
  peek(maxSamples: number): Batch | null;
  /** How many samples this sink has not accepted. */
  waiting(): number;
  /** Moves on behind a batch. What every sink has passed is deleted: at once, or, where that fails, with the next commit. Never throws. */
  accept(batch: Batch): void;
};

const mostBlocks = 1000; // a batch of a thousand small commits is large enough

/**
 * Opens the spool for these sinks, each of which goes on where it was; a new one begins with the oldest sample there is. `onFailed`
 * is told when a place could not be written: the caller commits again later.
 */
export function openSpool(db: Database, sinks: readonly string[], onFailed: (error: unknown) => void): Spool {
  const insert = db.prepare('INSERT INTO blocks (samples, lines) VALUES (?, ?)');
  const sizes = db.prepare('SELECT id, samples FROM blocks WHERE id > ? ORDER BY id LIMIT ?');
  const contents = db.prepare('SELECT lines FROM blocks WHERE id > ? AND id <= ? ORDER BY id');
  const move = db.prepare('INSERT INTO places (sink, block) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET block = excluded.block');
  const drop = db.prepare('DELETE FROM blocks WHERE id <= ?');
  const countAfter = db.prepare('SELECT COALESCE(SUM(samples), 0) AS samples FROM blocks WHERE id > ?');
  const places = new Map(sinks.map((sink) => [sink, 0]));
  for (const { sink, block } of db.prepare('SELECT sink, block FROM places').all()) {
    if (places.has(String(sink))) places.set(String(sink), Number(block));
  }
  const waiting = new Map([...places].map(([sink, block]) => [sink, Number(countAfter.all(block)[0]?.['samples'] ?? 0)]));
  const moved = new Set<string>(); // of places, since they were written
  let uncommitted = 0;

  function writePlaces() {
    for (const sink of moved) move.run(sink, places.get(sink) ?? 0);
    if (moved.size > 0) drop.run(Math.min(...places.values()));
  }

  function peek(sink: string, maxSamples: number): Batch | null {
    const place = places.get(sink) ?? 0;
    const blocks = sizes.all(place, mostBlocks);
    let position: number | null = null;
    let count = 0;
    for (const { id, samples } of blocks) {
      if (position !== null && count + Number(samples) > maxSamples) break;
      position = Number(id);
      count += Number(samples);
    }
    if (position === null) return null;
    const batch = contents.all(place, position).flatMap(({ lines }) => unpackLines(String(lines)));
    return { samples: batch, position, hasMore: (waiting.get(sink) ?? 0) > count };
  }

  return {
    append(samples) {
      writePlaces();
      for (const block of packBlocks(samples)) {
        insert.run(block.samples, block.lines);
        uncommitted += block.samples;
      }
      return uncommitted;
    },
    isDirty: () => moved.size > 0,
    committed() {
      moved.clear();
      for (const [sink, count] of waiting) waiting.set(sink, count + uncommitted);
      uncommitted = 0;
    },
    rolledBack() {
      uncommitted = 0;
    },
    view: (sink) => ({
      peek: (maxSamples) => peek(sink, maxSamples),
      waiting: () => waiting.get(sink) ?? 0,
      accept(batch) {
        places.set(sink, batch.position);
        waiting.set(sink, (waiting.get(sink) ?? 0) - batch.samples.length);
        moved.add(sink);
        try {
          db.transaction(writePlaces);
          moved.clear();
        } catch (error) {
          onFailed(error);
        }
      },
    }),
  };
}
