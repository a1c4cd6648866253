import type { Database } from '../io/database.ts';
import type { UnixSeconds } from '../model/sample.ts';

/** A sink as the spool knows it: its name, and for how many seconds its place is kept while the agent runs without it. */
export type SinkPlace = { readonly name: string; readonly keptForS: number };

/** How far a sink has come: the last block it has passed, and how many samples it has lost to the spool's bound since it has a place. */
export type Place = { block: number; lost: number };

/** The places as the file has them. Memory is ahead of the file where a place could not be written. */
export type Places = {
  /** Of the sinks that the agent runs with. */
  readonly own: ReadonlyMap<string, Place>;
  /** Whether sinks that the agent runs without have places too. */
  readonly hasAbsent: boolean;
  /** The last block that any sink has passed. */
  readonly newest: number;
};

/** Reads the places and gives new sinks theirs, behind block `newest`; those of absent sinks are forgotten when their time is over. Throws what SQLite says. */
export function openPlaces(db: Database, sinks: readonly SinkPlace[], newest: number, nowS: UnixSeconds): Places {
  const own = new Map<string, Place>();
  const names = new Set(sinks.map(({ name }) => name));
  let hasAbsent = false;
  let furthest = newest;
  db.transaction(() => {
    for (const { sink, block, kept_until } of db.prepare('SELECT sink, block, kept_until FROM places').all()) {
      furthest = Math.max(furthest, Number(block));
      if (names.has(String(sink))) continue;
      if (Number(kept_until) <= nowS) db.prepare('DELETE FROM places WHERE sink = ?').run(String(sink));
      else hasAbsent = true;
    }
    const begin = db.prepare(
      'INSERT INTO places (sink, block, kept_until) VALUES (?, ?, ?) ON CONFLICT (sink) DO UPDATE SET kept_until = excluded.kept_until',
    );
    for (const { name, keptForS } of sinks) begin.run(name, furthest, nowS + keptForS);
    for (const { sink, block, lost } of db.prepare('SELECT sink, block, lost FROM places').all())
      if (names.has(String(sink))) own.set(String(sink), { block: Number(block), lost: Number(lost) });
  });
  return { own, hasAbsent, newest: furthest };
}
