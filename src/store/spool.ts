/**
 * Samples in the order in which they were read, until every sink has them. Blocks have growing ids, on disk and behind that in memory
 * (where the disk takes nothing); a sink's place is the last id it has passed. What leaves the spool before a sink had it is counted, to the sample, in
 * the transaction that takes it away. A batch that a sink has before it never leaves so.
 */
import type { Database } from '../io/database.ts';
import { type Sample, type UnixSeconds, unixSeconds } from '../model/sample.ts';
import type { Batch } from '../model/sink.ts';
import { type Block, type Loss, lossOf, packBlocks, sumOfLosses, unpackLines } from './blocks.ts';
import { openPlaces, type SinkPlace } from './places.ts';
import { prepareSpoolSql } from './spool-sql.ts';
import { createTail } from './tail.ts';

/** Where samples wait, in the order in which they were committed, until every sink has accepted them. */
export type Spool = {
  /** Writes what is to be written, inside the caller's transaction; `committed` or `hold` must follow it. Gives how many samples went in. */
  append(samples: Iterable<Sample>): number;
  /** True: `append` has something to write, even without samples. */
  isDirty(): boolean;
  committed(): void;
  /** Keeps in memory what the disk does not take: the sinks get it all the same, and the next `append` writes it. */
  hold(samples: Iterable<Sample>): void;
  /** How many samples are in memory only. */
  held(): number;
  /** How many samples are on disk that not every sink has. */
  onDisk(): number;
  /** Goes on with an empty file: what was on disk is gone. Throws what SQLite says. */
  startAfresh(db: Database): void;
  /** One sink's place in it. */
  view(sink: string): SpoolView;
};

/** A sink's own place in the spool. */
export type SpoolView = {
  /** The oldest samples that this sink has not accepted, at most `maxSamples` (which is at least a block's 5,000); null: none, or they can't be read now. */
  peek(maxSamples: number): Batch | null;
  /** How many samples this sink has not accepted. */
  waiting(): number;
  /** When the oldest of them was read, or not long before; null: none waits, or it can't be read now. */
  oldestAtS(): UnixSeconds | null;
  /** How many samples this sink has lost to the spool's bound since it has a place, over all lives of the agent. */
  lost(): number;
  /** Moves on behind a batch. What every sink has passed is deleted: at once, or, where that fails, with the next commit. Never throws. */
  accept(batch: Batch): void;
};

export type SpoolOptions = {
  readonly sinks: readonly SinkPlace[];
  /** How much may wait on disk, and in memory while the disk takes nothing. */
  readonly maxBytes: number;
  readonly maxHeldBytes: number;
  readonly nowS: UnixSeconds;
  /** A place could not be written, or a batch not be read: the caller commits again later. */
  readonly onFailed: (error: unknown) => void;
  /** The oldest went before this sink had them. */
  readonly onLost: (sink: string, bound: 'max_size' | 'memory', loss: Loss) => void;
  /** A sink has all there is. */
  readonly onCaughtUp: (sink: string) => void;
};

const mostBlocks = 1000; // a batch of a thousand small commits is large enough

/**
 * Opens the spool for these sinks, each of which goes on where it was; a new one begins with what comes from now on. What a sink that
 * is not among them has not accepted waits for as long as that sink is kept: a start with another configuration loses nothing. Throws what SQLite says.
 */
export function openSpool(db: Database, options: SpoolOptions): Spool {
  const { sinks, maxBytes, maxHeldBytes, nowS, onFailed, onLost, onCaughtUp } = options;
  let sql = prepareSpoolSql(db);
  let transaction = db.transaction;
  let { own, hasAbsent, newest } = openPlaces(db, sinks, sql.newest(), nowS);
  let bytes = sql.bytes();
  let lastId = newest;
  const tail = createTail();
  const waiting = new Map([...own].map(([sink, { block }]) => [sink, sql.samplesAfter(block)]));
  const underWay = new Map<string, number>(); // the last block of the batch that a sink has before it
  const moved = new Set<string>(); // of places, since they were written
  let lostToAbsent: { readonly id: number; readonly samples: number }[] = []; // from memory, not yet written
  let draft = { bytes, lastId, samples: 0, losses: [] as { readonly id: number; readonly loss: Loss }[] };

  /** A block that some sink is being given stays. */
  function mayGo(id: number): boolean {
    return [...underWay].every(([sink, last]) => id <= (own.get(sink)?.block ?? 0) || id > last);
  }

  /** Gives how many bytes went. */
  function writePlaces(): number {
    for (const sink of moved) sql.move(sink, own.get(sink) ?? { block: 0, lost: 0 });
    for (const { id, samples } of lostToAbsent) sql.loseForAbsent(id, samples, [...own.keys()]);
    return moved.size === 0 ? 0 : sql.dropPassed();
  }

  function insert(id: number, block: Block) {
    sql.insert(id, block);
    draft.bytes += block.lines.length;
  }

  /** Takes the oldest blocks off the disk until no more than `maxBytes` are on it. */
  function enforceBound() {
    for (let after = 0; draft.bytes > maxBytes; ) {
      const block = sql.next(after);
      if (!block) return;
      after = block.id;
      if (!mayGo(block.id)) continue;
      sql.remove(block.id);
      draft.bytes -= block.lines.length;
      draft.losses.push({ id: block.id, loss: lossOf(block) });
      for (const [sink, place] of own) if (place.block < block.id) sql.lose(sink, block.samples);
      sql.loseForAbsent(block.id, block.samples, [...own.keys()]);
    }
  }

  /** Each sink that had not passed these blocks has lost them. */
  function tellLost(bound: 'max_size' | 'memory', gone: readonly { readonly id: number; readonly loss: Loss }[]) {
    for (const [sink, place] of own) {
      const sum = sumOfLosses(gone.filter(({ id }) => id > place.block).map(({ loss }) => loss));
      if (!sum) continue;
      place.lost += sum.samples;
      waiting.set(sink, (waiting.get(sink) ?? 0) - sum.samples);
      onLost(sink, bound, sum);
    }
  }

  function peek(sink: string, maxSamples: number): Batch | null {
    const place = own.get(sink)?.block ?? 0;
    try {
      const sizes = sql.sizesAfter(place, mostBlocks);
      const inMemory = sizes.length === 0 ? tail.blocks().filter(({ id }) => id > place) : [];
      const chosen = upTo(maxSamples, sizes.length === 0 ? inMemory : sizes);
      const last = chosen.at(-1)?.id;
      if (last === undefined) return null;
      const texts = sizes.length === 0 ? inMemory.slice(0, chosen.length).map(({ lines }) => lines) : sql.linesBetween(place, last);
      const samples = texts.flatMap(unpackLines);
      underWay.set(sink, last);
      return { samples, position: last, hasMore: (waiting.get(sink) ?? 0) > samples.length };
    } catch (error) {
      onFailed(error);
      return null;
    }
  }

  function accept(sink: string, batch: Batch) {
    const place = own.get(sink);
    if (!place || batch.position <= place.block) return; // it was in a file that is no more
    place.block = batch.position;
    const left = (waiting.get(sink) ?? 0) - batch.samples.length;
    waiting.set(sink, left);
    if (left === 0) onCaughtUp(sink);
    moved.add(sink);
    if (!hasAbsent) tail.passed(Math.min(...[...own.values()].map(({ block }) => block)));
    try {
      let freed = 0;
      transaction(() => {
        freed = writePlaces();
      });
      bytes -= freed;
      moved.clear();
      lostToAbsent = [];
    } catch (error) {
      onFailed(error);
    }
  }

  function oldestAtS(sink: string): UnixSeconds | null {
    const place = own.get(sink)?.block ?? 0;
    try {
      const block = sql.next(place) ?? tail.blocks().find(({ id }) => id > place);
      const firstLine = block?.lines.slice(0, block.lines.indexOf('\n'));
      return firstLine === undefined ? null : unixSeconds(Number(firstLine.slice(firstLine.lastIndexOf(' ') + 1)));
    } catch (error) {
      onFailed(error);
      return null;
    }
  }

  return {
    append(samples) {
      draft = { bytes, lastId, samples: 0, losses: [] };
      draft.bytes -= writePlaces();
      for (const block of tail.blocks()) insert(block.id, block);
      for (const block of packBlocks(samples)) {
        draft.lastId += 1;
        insert(draft.lastId, block);
        draft.samples += block.samples;
      }
      enforceBound();
      return draft.samples;
    },
    isDirty: () => moved.size > 0 || lostToAbsent.length > 0 || tail.blocks().length > 0,
    committed() {
      moved.clear();
      lostToAbsent = [];
      tail.passed(lastId);
      for (const [sink, count] of waiting) waiting.set(sink, count + draft.samples);
      ({ bytes, lastId } = draft);
      tellLost('max_size', draft.losses);
    },
    hold(samples) {
      const added = tail.hold(samples, () => {
        lastId += 1;
        return lastId;
      });
      const count = added.reduce((sum, block) => sum + block.samples, 0);
      for (const [sink, before] of waiting) waiting.set(sink, before + count);
      const gone = tail.shrink(maxHeldBytes, mayGo);
      if (gone.length === 0) return;
      lostToAbsent.push(...gone);
      for (const sink of own.keys()) moved.add(sink); // their losses are to be written
      tellLost(
        'memory',
        gone.map((block) => ({ id: block.id, loss: lossOf(block) })),
      );
    },
    held: () => tail.samplesAfter(Math.min(...[...own.values()].map(({ block }) => block))),
    onDisk: () => Math.max(0, ...[...own].map(([sink, { block }]) => (waiting.get(sink) ?? 0) - tail.samplesAfter(block))),
    startAfresh(fresh) {
      sql = prepareSpoolSql(fresh);
      transaction = fresh.transaction;
      const before = (tail.blocks()[0]?.id ?? lastId + 1) - 1;
      openPlaces(fresh, sinks, before, nowS);
      hasAbsent = false;
      bytes = 0;
      lostToAbsent = [];
      for (const [sink, place] of own) {
        place.block = Math.max(place.block, before);
        waiting.set(sink, tail.samplesAfter(place.block));
        moved.add(sink);
      }
    },
    view: (sink) => ({
      peek: (maxSamples) => peek(sink, maxSamples),
      waiting: () => waiting.get(sink) ?? 0,
      oldestAtS: () => oldestAtS(sink),
      lost: () => own.get(sink)?.lost ?? 0,
      accept: (batch) => accept(sink, batch),
    }),
  };
}

/** The first blocks that make up no more than so many samples; the first in any case. */
function upTo<Sized extends { readonly samples: number }>(maxSamples: number, blocks: readonly Sized[]): readonly Sized[] {
  let count = 0;
  const end = blocks.findIndex(({ samples }, index) => {
    count += samples;
    return index > 0 && count > maxSamples;
  });
  return end === -1 ? blocks : blocks.slice(0, end);
}
