import { type Loss, sumOfLosses } from './blocks.ts';
import type { Gone } from './bound.ts';
import type { SinkPosition, SinkPositions } from './positions.ts';
import type { SpoolSql } from './sql.ts';

/** The batch that a sink has before it: its last block, and how many samples it was made of. */
type OpenBatch = { readonly last: number; readonly storedSamples: number };

/** How far each sink has come and how much waits for it, in memory: ahead of the file where a place could not be written yet. */
export type Ledger = {
  /** The places of the sinks that the agent runs with. */
  own(): ReadonlyMap<string, SinkPosition>;
  /** How many samples wait for a sink; 0 for one that has no place. */
  waiting(sink: string): number;
  add(sink: string, samples: number): void;
  addToAll(samples: number): void;
  setWaiting(sink: string, samples: number): void;
  /** A sink gets a batch before it. */
  give(sink: string, batch: OpenBatch): void;
  given(sink: string): OpenBatch | undefined;
  /** False for a block that some sink is being given. */
  mayGo(id: number): boolean;
  /** The first place of all; infinite where there is none. */
  first(): number;
  /** A sink's place is to be written. */
  moved(sink: string): void;
  /** Samples went from memory that an absent sink lacks. */
  lostToAbsent(samples: number): void;
  /** Each sink that had not passed these blocks has lost them, which is told. */
  lose(gone: readonly Gone[], tell: (sink: string, loss: Loss) => void): void;
  isDirty(): boolean;
  /** Writes what changed, inside the caller's transaction. Throws what SQLite says. */
  write(sql: SpoolSql): void;
  written(): void;
  /** Other sinks have places now; `waiting` is for those that had none before. */
  replace(places: SinkPositions, waiting: ReadonlyMap<string, number>): void;
};

/** Begins with the places as the file has them; `waitingBehind` counts the samples behind one. */
export function createLedger(places: SinkPositions, waitingBehind: (block: number) => number): Ledger {
  let own = places.own;
  let toAbsent = 0;
  const waiting = new Map([...own].map(([sink, { block }]) => [sink, waitingBehind(block)]));
  const given = new Map<string, OpenBatch>();
  const moved = new Set<string>();

  function add(sink: string, samples: number) {
    waiting.set(sink, (waiting.get(sink) ?? 0) + samples);
  }

  return {
    own: () => own,
    waiting: (sink) => waiting.get(sink) ?? 0,
    add,
    addToAll(samples) {
      for (const sink of own.keys()) add(sink, samples);
    },
    setWaiting: (sink, samples) => void waiting.set(sink, samples),
    give: (sink, batch) => void given.set(sink, batch),
    given: (sink) => given.get(sink),
    mayGo: (id) => [...given].every(([sink, { last }]) => id <= (own.get(sink)?.block ?? 0) || id > last),
    first: () => Math.min(...[...own.values()].map(({ block }) => block)),
    moved: (sink) => void moved.add(sink),
    lostToAbsent(samples) {
      toAbsent += samples;
    },
    lose(gone, tell) {
      for (const [sink, place] of own) {
        const sum = sumOfLosses(gone.filter(({ id }) => id > place.block).map(({ loss }) => loss));
        if (!sum) continue;
        place.lost += sum.samples;
        add(sink, -sum.samples);
        tell(sink, sum);
      }
    },
    isDirty: () => moved.size > 0 || toAbsent > 0,
    write(sql) {
      for (const sink of moved) sql.move(sink, own.get(sink) ?? { block: 0, lost: 0 });
      if (toAbsent > 0) sql.loseForAbsent(Number.MAX_SAFE_INTEGER, toAbsent);
    },
    written() {
      moved.clear();
      toAbsent = 0;
    },
    replace(next, behindNew) {
      for (const sink of own.keys()) {
        if (next.own.has(sink)) continue;
        waiting.delete(sink);
        given.delete(sink);
      }
      for (const [sink, samples] of behindNew) waiting.set(sink, samples);
      own = next.own;
    },
  };
}
