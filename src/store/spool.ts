import type { Database } from '../io/database.ts';
import type { Sample, UnixSeconds } from '../model/sample.ts';
import type { Batch } from '../model/sink.ts';
import { packBlocks, unpackLines } from './blocks.ts';

/** A sink as the spool knows it: its name, and for how many seconds its place is kept while the agent runs without it. */
export type SinkPlace = { readonly name: string; readonly keptForS: number };

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
 * Opens the spool for these sinks, each of which goes on where it was; a new one begins with what comes from now on. What a sink that
 * is not among them has not accepted waits for as long as that sink is kept: a start with another configuration loses nothing. `onFailed` is told when
 * a place could not be written: the caller commits again later. Throws what SQLite says.
 */
export function openSpool(db: Database, sinks: readonly SinkPlace[], nowS: UnixSeconds, onFailed: (error: unknown) => void): Spool {
  const insert = db.prepare('INSERT INTO blocks (samples, lines) VALUES (?, ?)');
  const sizes = db.prepare('SELECT id, samples FROM blocks WHERE id > ? ORDER BY id LIMIT ?');
  const contents = db.prepare('SELECT lines FROM blocks WHERE id > ? AND id <= ? ORDER BY id');
  const move = db.prepare('UPDATE places SET block = ? WHERE sink = ?');
  const drop = db.prepare('DELETE FROM blocks WHERE id <= (SELECT MIN(block) FROM places)');
  const countAfter = db.prepare('SELECT COALESCE(SUM(samples), 0) AS samples FROM blocks WHERE id > ?');
  const places = openPlaces(db, sinks, nowS);
  const waiting = new Map([...places].map(([sink, block]) => [sink, Number(countAfter.all(block)[0]?.['samples'] ?? 0)]));
  const moved = new Set<string>(); // of places, since they were written
  let uncommitted = 0;

  function writePlaces() {
    for (const sink of moved) move.run(places.get(sink) ?? 0, sink);
    if (moved.size > 0) drop.run();
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

/** The place of each sink, in the file as well; those of other sinks are forgotten when their time is over. */
function openPlaces(db: Database, sinks: readonly SinkPlace[], nowS: UnixSeconds): Map<string, number> {
  const places = new Map(sinks.map(({ name }) => [name, 0]));
  db.transaction(() => {
    const newest = Number(
      db.prepare("SELECT COALESCE(MAX(seq), 0) AS id FROM sqlite_sequence WHERE name = 'blocks'").all()[0]?.['id'] ?? 0,
    );
    const begin = db.prepare(
      'INSERT INTO places (sink, block, kept_until) VALUES (?, ?, ?) ON CONFLICT (sink) DO UPDATE SET kept_until = excluded.kept_until',
    );
    for (const { name, keptForS } of sinks) begin.run(name, newest, nowS + keptForS);
    for (const { sink, block, kept_until } of db.prepare('SELECT sink, block, kept_until FROM places').all()) {
      const name = String(sink);
      if (places.has(name)) places.set(name, Number(block));
      else if (Number(kept_until) <= nowS) db.prepare('DELETE FROM places WHERE sink = ?').run(name);
    }
  });
  return places;
}
