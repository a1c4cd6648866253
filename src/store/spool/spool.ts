/**
 * Samples in the order in which they came, until every sink has them. Blocks have growing ids, on disk and behind that in memory (where
 * the disk takes nothing); a sink's place is the last id it has passed. What leaves the disk before a sink had it is counted, to the
 * sample, in the transaction that takes it away. A batch that a sink has before it never leaves so.
 */
import type { Database } from '../../io/disk/database.ts';
import { type Sample, unixSeconds } from '../../model/sample.ts';
import type { Batch } from '../../model/sink.ts';
import type { SpoolView } from '../../model/spool.ts';
import { type Block, lossOf, packBlocks } from './blocks.ts';
import { dropOldest, type Gone } from './bound.ts';
import { type Draft, nothingYet } from './draft.ts';
import { blocksBehind, type Follower } from './follower.ts';
import { createLedger } from './ledger.ts';
import type { SpoolOptions } from './options.ts';
import { forgetAbsent, openPositions, type SinkPositions, type SpooledSink, takePositions } from './positions.ts';
import { readBatch, readOldestAtS } from './read.ts';
import { prepareSpoolSql } from './sql.ts';
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
  /** Whether a sink, one that the agent runs without included, lacks something on disk. */
  isWanted(): boolean;
  /** Whether each sink's next batch can be read. Never throws. */
  canRead(): boolean;
  /** What was on disk is gone; until `startAfresh` there is only memory. */
  leave(): void;
  /** Goes on with an empty file. Throws what SQLite says. */
  startAfresh(db: Database): void;
  /** From the next commit on, these sinks have places, as at an opening. */
  setSinks(sinks: readonly SpooledSink[]): void;
  /** What the history reads of it. */
  readonly follower: Follower;
  /** One sink's place in it; as long as the sink has none, nothing waits there. */
  view(sink: string): SpoolView;
};

/**
 * Opens the spool for these sinks, each of which goes on where it was; a new one begins with what comes from now on. What a sink that
 * is not among them has not accepted waits for as long as that sink is kept: a start with another configuration loses nothing. Throws what SQLite says.
 */
export function openSpool(file: Database, options: SpoolOptions): Spool {
  const { nowS, onFailed, onUnread, losses } = options;
  let { sinks } = options;
  let wanted: readonly SpooledSink[] | null = null; // other sinks, from the next commit on
  let db = file;
  let sql = prepareSpoolSql(db);
  let isOnDisk = true;
  let followed = sql.followed();
  const places = openPositions(db, sinks, Math.max(sql.newest(), followed ?? 0), nowS());
  const ledger = createLedger(places, sql.samplesAfter);
  let { hasAbsent, newest: lastId } = places;
  const tail = createTail();
  let bytes = sql.bytes();
  let isOver = false; // more is on disk than may be
  let draft = beginDraft();

  function beginDraft(): Draft {
    return { ...nothingYet, bytes, lastId, fromTail: tail.samplesAfter(0), hasAbsent, followed };
  }

  const onDisk = () =>
    Math.max(0, ...[...ledger.own()].map(([sink, { block }]) => ledger.waiting(sink) - tail.samplesAfter(block)));

  function newestOnDisk(): number {
    return (tail.blocks()[0]?.id ?? lastId + 1) - 1;
  }

  function insert(id: number, block: Block) {
    sql.insert(id, block);
    draft.bytes += block.lines.length;
  }

  function tellLost(bound: 'max_size' | 'memory', gone: readonly Gone[]) {
    ledger.lose(gone, (sink, loss) => losses.lost(sink, bound, loss));
  }

  /** How many samples are behind the places that were not there before. */
  function waitingBehindNew({ own }: SinkPositions): ReadonlyMap<string, number> {
    const fresh = [...own].filter(([sink]) => !ledger.own().has(sink));
    return new Map(fresh.map(([sink, { block }]) => [sink, sql.samplesAfter(block)]));
  }

  function peek(sink: string, maxSamples: number): Batch | null {
    if (!ledger.own().has(sink)) return null;
    const batch = tried(() => next(sink, maxSamples), onUnread);
    if (!batch) return null;
    const { samples, storedSamples, last } = batch;
    ledger.give(sink, { last, storedSamples });
    return { samples, storedSamples, position: last, hasMore: ledger.waiting(sink) > storedSamples };
  }

  const next = (sink: string, most: number) =>
    readBatch(isOnDisk ? sql : null, tail, ledger.own().get(sink)?.block ?? 0, most);

  function tried<Value>(work: () => Value, onError: (error: unknown) => void): Value | null {
    try {
      return work();
    } catch (error) {
      onError(error);
      return null;
    }
  }

  function accept(sink: string, batch: Batch) {
    const place = ledger.own().get(sink);
    const given = ledger.given(sink);
    if (!place || given?.last !== batch.position || batch.position <= place.block) return; // it was in a file that is no more
    place.block = batch.position;
    const unreadable = given.storedSamples - batch.samples.length;
    place.lost += unreadable;
    ledger.add(sink, -given.storedSamples);
    ledger.moved(sink);
    if (unreadable > 0) losses.unreadable(sink, unreadable);
    if (ledger.waiting(sink) === 0) losses.caughtUp(sink);
    if (!hasAbsent) tail.passed(Math.min(ledger.first(), followed ?? Number.POSITIVE_INFINITY));
    if (!isOnDisk) return;
    tried(() => {
      let freedBytes = 0;
      db.transaction(() => {
        ledger.write(sql);
        freedBytes = sql.dropPassed();
      });
      ledger.written();
      bytes -= freedBytes;
    }, onFailed);
  }

  return {
    append(samples) {
      draft = beginDraft();
      ledger.write(sql);
      const places = wanted && takePositions(db, wanted, lastId, nowS());
      if (places) draft.hasAbsent = places.hasAbsent;
      if (draft.hasAbsent) ({ forgotten: draft.forgotten, hasAbsent: draft.hasAbsent } = forgetAbsent(db, nowS()));
      draft.followed = options.isFollowed() ? (followed ?? lastId) : null;
      if (draft.followed !== followed) sql.follow(draft.followed);
      draft.bytes -= sql.dropPassed();
      for (const block of tail.blocks()) insert(block.id, block);
      for (const block of packBlocks(samples)) {
        draft.lastId += 1;
        insert(draft.lastId, block);
        draft.samples += block.samples;
      }
      if (places) draft.joined = { places, waiting: waitingBehindNew(places) };
      draft.dropped = dropOldest(
        sql,
        draft.bytes - options.maxBytes,
        ledger.mayGo,
        places?.own ?? ledger.own(),
        draft.hasAbsent,
      );
      draft.bytes -= draft.dropped.freedBytes;
      return draft.samples;
    },
    isDirty: () => wanted !== null || ledger.isDirty() || isOver || tail.blocks().length > 0,
    committed() {
      ledger.written();
      tail.passed(lastId);
      ledger.addToAll(draft.samples);
      if (draft.joined) {
        ledger.replace(draft.joined.places, draft.joined.waiting);
        sinks = wanted ?? sinks;
        wanted = null;
      }
      ({ bytes, lastId, hasAbsent, followed } = draft);
      isOver = draft.dropped.isOver;
      tellLost('max_size', draft.dropped.gone);
      for (const what of draft.forgotten) losses.forgotten({ ...what, samples: what.samples + draft.fromTail });
    },
    hold(samples) {
      const gone: Gone[] = [];
      const taken = tail.hold(samples, {
        maxBytes: options.maxHeldBytes,
        nextId: () => (lastId += 1),
        mayGo: ledger.mayGo,
        onGone: (block) => gone.push({ id: block.id, loss: lossOf(block) }),
      });
      ledger.addToAll(taken);
      if (gone.length === 0) return;
      if (hasAbsent) ledger.lostToAbsent(gone.reduce((sum, { loss }) => sum + loss.samples, 0));
      for (const sink of ledger.own().keys()) ledger.moved(sink); // their losses are to be written
      tellLost('memory', gone);
    },
    held: () => tail.samplesAfter(hasAbsent ? 0 : ledger.first()),
    onDisk,
    isWanted: () => hasAbsent || onDisk() > 0,
    canRead: () =>
      [...ledger.own().keys()].every(
        (sink) =>
          tried(
            () => next(sink, 1) !== undefined,
            () => {},
          ) ?? false,
      ),
    leave() {
      isOnDisk = false;
      ledger.written();
      bytes = 0;
      hasAbsent = false;
      if (followed !== null) followed = Math.max(followed, newestOnDisk());
      for (const [sink, place] of ledger.own()) {
        place.block = Math.max(place.block, newestOnDisk());
        ledger.setWaiting(sink, tail.samplesAfter(place.block));
        ledger.moved(sink);
      }
    },
    startAfresh(fresh) {
      openPositions(fresh, sinks, newestOnDisk(), nowS());
      prepareSpoolSql(fresh).follow(followed);
      db = fresh;
      sql = prepareSpoolSql(fresh);
      isOnDisk = true;
    },
    setSinks(next) {
      wanted = next;
    },
    follower: {
      place: () => followed,
      newest: () => lastId,
      behind: (after) => blocksBehind(isOnDisk ? sql : null, tail, after, onUnread),
      samplesBehind: (after) => sql.samplesAfter(after),
      pass(id, work) {
        let freedBytes = 0;
        db.transaction(() => {
          work();
          sql.follow(id);
          freedBytes = sql.dropPassed();
        });
        followed = id;
        bytes -= freedBytes;
      },
    },
    view: (sink) => ({
      peek: (maxSamples) => peek(sink, maxSamples),
      waiting: () => ledger.waiting(sink),
      oldestAtS() {
        const place = ledger.own().get(sink);
        const atS = place ? tried(() => readOldestAtS(isOnDisk ? sql : null, tail, place.block), onUnread) : null;
        return atS === null ? null : unixSeconds(atS);
      },
      lost: () => ledger.own().get(sink)?.lost ?? 0,
      accept: (batch) => accept(sink, batch),
    }),
  };
}
