/**
 * Samples in the order in which they came, until every sink has them. Blocks have growing ids, on disk and behind that in memory (where
 * the disk takes nothing); a sink's place is the last id it has passed. What leaves the disk before a sink had it is counted, to the
 * sample, in the transaction that takes it away. A batch that a sink has before it never leaves so.
 */
import type { Database } from '../io/database.ts';
import { type Sample, type UnixSeconds, unixSeconds } from '../model/sample.ts';
import type { Batch } from '../model/sink.ts';
import { type Block, lossOf, packBlocks, sumOfLosses } from './blocks.ts';
import { type Dropped, dropOldest, type Gone } from './bound.ts';
import type { LossTeller } from './losses.ts';
import { type Forgotten, forgetAbsent, openPlaces, type SinkPlace } from './places.ts';
import { prepareSpoolSql } from './spool-sql.ts';
import { readBatch, readOldestAtS, type SpoolView } from './spool-view.ts';
import { createTail } from './tail.ts';

/** Where samples wait, in the order in which they came, until every sink has accepted them. */
export type Spool = {
  /** Writes what is to be written, inside the caller's transaction. `committed` must follow where that is committed; where it is not, nothing has changed. Gives how many samples went in. */
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
  /** Whether each sink's next batch can be read. Never throws. */
  canRead(): boolean;
  /** What was on disk is gone; until `startAfresh` there is only memory. */
  leave(): void;
  /** Goes on with an empty file. Throws what SQLite says. */
  startAfresh(db: Database): void;
  /** One sink's place in it. */
  view(sink: string): SpoolView;
};

export type SpoolOptions = {
  readonly sinks: readonly SinkPlace[];
  /** How much may wait on disk, and in memory while the disk takes nothing. */
  readonly maxBytes: number;
  readonly maxHeldBytes: number;
  readonly nowS: () => UnixSeconds;
  /** A place could not be written: the caller commits again later. */
  readonly onFailed: (error: unknown) => void;
  /** A batch could not be read: `canRead` tells when it can. */
  readonly onUnread: (error: unknown) => void;
  readonly losses: Pick<LossTeller, 'lost' | 'caughtUp' | 'unreadable' | 'forgotten'>;
};

/** What holds once the transaction under way is committed. */
type Draft = {
  bytes: number;
  lastId: number;
  samples: number;
  fromTail: number;
  hasAbsent: boolean;
  forgotten: readonly Forgotten[];
  dropped: Dropped;
};

const nothingDropped: Dropped = { gone: [], freedBytes: 0, isOver: false };

/**
 * Opens the spool for these sinks, each of which goes on where it was; a new one begins with what comes from now on. What a sink that
 * is not among them has not accepted waits for as long as that sink is kept: a start with another configuration loses nothing. Throws what SQLite says.
 */
export function openSpool(file: Database, options: SpoolOptions): Spool {
  const { sinks, maxBytes, nowS, onFailed, onUnread, losses } = options;
  let db = file;
  let sql = prepareSpoolSql(db);
  let isOnDisk = true;
  const places = openPlaces(db, sinks, sql.newest(), nowS());
  const { own } = places;
  let { hasAbsent, newest: lastId } = places;
  const tail = createTail();
  const waiting = new Map([...own].map(([sink, { block }]) => [sink, sql.samplesAfter(block)]));
  const underWay = new Map<string, { readonly last: number; readonly storedSamples: number }>(); // the batch that a sink has before it
  const moved = new Set<string>(); // of places, since they were written
  let lostToAbsent = 0; // from memory, not yet written
  let bytes = sql.bytes();
  let isOver = false; // more is on disk than may be
  let draft = beginDraft();

  function beginDraft(): Draft {
    return { bytes, lastId, samples: 0, fromTail: tail.samplesAfter(0), hasAbsent, forgotten: [], dropped: nothingDropped };
  }

  /** A block that some sink is being given stays. */
  function mayGo(id: number): boolean {
    return [...underWay].every(([sink, { last }]) => id <= (own.get(sink)?.block ?? 0) || id > last);
  }

  /** Gives how many bytes went. */
  function writePlaces(): number {
    for (const sink of moved) sql.move(sink, own.get(sink) ?? { block: 0, lost: 0 });
    if (lostToAbsent > 0) sql.loseForAbsent(Number.MAX_SAFE_INTEGER, lostToAbsent);
    return sql.dropPassed();
  }

  function newestOnDisk(): number {
    return (tail.blocks()[0]?.id ?? lastId + 1) - 1;
  }

  function written(freedBytes: number) {
    bytes -= freedBytes;
    moved.clear();
    lostToAbsent = 0;
  }

  function insert(id: number, block: Block) {
    sql.insert(id, block);
    draft.bytes += block.lines.length;
  }

  /** Each sink that had not passed these blocks has lost them. */
  function tellLost(bound: 'max_size' | 'memory', gone: readonly Gone[]) {
    for (const [sink, place] of own) {
      const sum = sumOfLosses(gone.filter(({ id }) => id > place.block).map(({ loss }) => loss));
      if (!sum) continue;
      place.lost += sum.samples;
      add(sink, -sum.samples);
      losses.lost(sink, bound, sum);
    }
  }

  function add(sink: string, samples: number) {
    waiting.set(sink, (waiting.get(sink) ?? 0) + samples);
  }

  function peek(sink: string, maxSamples: number): Batch | null {
    const batch = tried(() => next(sink, maxSamples), onUnread);
    if (!batch) return null;
    const { samples, storedSamples, last } = batch;
    underWay.set(sink, { last, storedSamples });
    return { samples, storedSamples, position: last, hasMore: (waiting.get(sink) ?? 0) > storedSamples };
  }

  const next = (sink: string, most: number) => readBatch(isOnDisk ? sql : null, tail, own.get(sink)?.block ?? 0, most);

  function tried<Value>(work: () => Value, onError: (error: unknown) => void): Value | null {
    try {
      return work();
    } catch (error) {
      onError(error);
      return null;
    }
  }

  function accept(sink: string, batch: Batch) {
    const place = own.get(sink);
    const given = underWay.get(sink);
    if (!place || given?.last !== batch.position || batch.position <= place.block) return; // it was in a file that is no more
    place.block = batch.position;
    const unreadable = given.storedSamples - batch.samples.length;
    place.lost += unreadable;
    add(sink, -given.storedSamples);
    moved.add(sink);
    if (unreadable > 0) losses.unreadable(sink, unreadable);
    if (waiting.get(sink) === 0) losses.caughtUp(sink);
    if (!hasAbsent) tail.passed(Math.min(...[...own.values()].map(({ block }) => block)));
    if (!isOnDisk) return;
    tried(() => {
      let freedBytes = 0;
      db.transaction(() => {
        freedBytes = writePlaces();
      });
      written(freedBytes);
    }, onFailed);
  }

  return {
    append(samples) {
      draft = beginDraft();
      if (hasAbsent) ({ forgotten: draft.forgotten, hasAbsent: draft.hasAbsent } = forgetAbsent(db, nowS()));
      draft.bytes -= writePlaces();
      for (const block of tail.blocks()) insert(block.id, block);
      for (const block of packBlocks(samples)) {
        draft.lastId += 1;
        insert(draft.lastId, block);
        draft.samples += block.samples;
      }
      draft.dropped = dropOldest(sql, draft.bytes - maxBytes, mayGo, own, draft.hasAbsent);
      draft.bytes -= draft.dropped.freedBytes;
      return draft.samples;
    },
    isDirty: () => moved.size > 0 || lostToAbsent > 0 || isOver || tail.blocks().length > 0,
    committed() {
      written(0);
      tail.passed(lastId);
      for (const sink of own.keys()) add(sink, draft.samples);
      ({ bytes, lastId, hasAbsent } = draft);
      isOver = draft.dropped.isOver;
      tellLost('max_size', draft.dropped.gone);
      for (const what of draft.forgotten) losses.forgotten({ ...what, samples: what.samples + draft.fromTail });
    },
    hold(samples) {
      const gone: Gone[] = [];
      const taken = tail.hold(samples, {
        maxBytes: options.maxHeldBytes,
        nextId: () => (lastId += 1),
        mayGo,
        onGone: (block) => gone.push({ id: block.id, loss: lossOf(block) }),
      });
      for (const sink of own.keys()) add(sink, taken);
      if (gone.length === 0) return;
      if (hasAbsent) lostToAbsent += gone.reduce((sum, { loss }) => sum + loss.samples, 0);
      for (const sink of own.keys()) moved.add(sink); // their losses are to be written
      tellLost('memory', gone);
    },
    held: () => tail.samplesAfter(hasAbsent ? 0 : Math.min(...[...own.values()].map(({ block }) => block))),
    onDisk: () => Math.max(0, ...[...own].map(([sink, { block }]) => (waiting.get(sink) ?? 0) - tail.samplesAfter(block))),
    canRead: () =>
      [...own.keys()].every(
        (sink) =>
          tried(
            () => next(sink, 1) !== undefined,
            () => {},
          ) ?? false,
      ),
    leave() {
      isOnDisk = false;
      written(bytes);
      hasAbsent = false;
      for (const [sink, place] of own) {
        place.block = Math.max(place.block, newestOnDisk());
        waiting.set(sink, tail.samplesAfter(place.block));
        moved.add(sink);
      }
    },
    startAfresh(fresh) {
      openPlaces(fresh, sinks, newestOnDisk(), nowS());
      db = fresh;
      sql = prepareSpoolSql(fresh);
      isOnDisk = true;
    },
    view: (sink) => ({
      peek: (maxSamples) => peek(sink, maxSamples),
      waiting: () => waiting.get(sink) ?? 0,
      oldestAtS() {
        const atS = tried(() => readOldestAtS(isOnDisk ? sql : null, tail, own.get(sink)?.block ?? 0), onUnread);
        return atS === null ? null : unixSeconds(atS);
      },
      lost: () => own.get(sink)?.lost ?? 0,
      accept: (batch) => accept(sink, batch),
    }),
  };
}
