/**
 * Keeps samples in the order in which they came until every sink has them. Blocks have growing
 * ids, first those on disk, then those in memory (which the disk does not take now). A sink's
 * position is the id of the last block that it has passed. Samples that leave the spool before a
 * sink had them are counted, to the sample, in the transaction that deletes them. A batch that a
 * sink is delivering is never dropped.
 */
import type { Database } from '../../io/disk/database.ts';
import type { FoundSamples } from '../../model/found.ts';
import type { Sample } from '../../model/sample.ts';
import type { SpoolView } from '../../model/spool.ts';
import type { Salvaged, SalvageScope } from '../salvage/scope.ts';
import { type Block, lossOf, packBlocks } from './blocks.ts';
import { type DroppedBlock, dropOldest } from './bound.ts';
import { SpoolContents } from './contents.ts';
import { beginDraft, type Draft, dropPassed, mayHavePassed } from './draft.ts';
import { createFollower, type Follower } from './follower.ts';
import { foundBehind } from './found.ts';
import type { SpoolOptions } from './options.ts';
import { forgetAbsent, type SinkPositions, type SpooledSink, takePositions } from './positions.ts';
import { canReadAll, createSinkView } from './sink-view.ts';

const mostTailBytes = 1024 * 1024; // a commit

/** Where samples wait until every sink has accepted them. */
export class Spool {
  /** The history's access to it. */
  readonly follower: Follower;
  readonly #options: SpoolOptions;
  readonly #contents: SpoolContents;
  #sinks: readonly SpooledSink[];
  /** The sinks that have positions from the next commit on. Null: they stay the same. */
  #nextSinks: readonly SpooledSink[] | null = null;
  /** More is on disk than the bound allows, because one commit could not drop enough. */
  #isOverBound = false;
  #draft: Draft;
  #salvaged: Salvaged | null = null;

  /**
   * Opens the spool for these sinks. Each continues at its position; a new sink begins behind the
   * newest block. What other sinks in the file have not accepted is kept for as long as those
   * sinks ask for, so that a start with another configuration loses nothing. Throws what SQLite
   * says.
   */
  constructor(db: Database, options: SpoolOptions) {
    this.#options = options;
    this.#sinks = options.sinks;
    this.#contents = new SpoolContents(db, options.sinks, options.passedS());
    this.#draft = this.#newDraft();
    this.follower = createFollower(this.#contents, options.onUnread);
  }

  /**
   * Writes samples and whatever else changed, inside the caller's transaction. `committed` must
   * follow once that is committed; after a rollback nothing has changed. Returns how many samples
   * were added. Of much that is in memory, it writes a part: no samples may be given then.
   */
  append(samples: Iterable<Sample>): number {
    const { sql } = this.#contents.onDisk();
    const { ledger, tail } = this.#contents;
    this.#draft = this.#newDraft();
    const draft = this.#draft;
    const isMoved = ledger.isDirty() || this.#nextSinks !== null || ledger.positions().size === 0;
    ledger.write(sql);
    const positions = this.#draftPositions(draft);
    if (isMoved || mayHavePassed(draft, this.#contents.totals)) dropPassed(draft, sql);
    const beforeBytes = draft.bytes;
    for (const block of tail.first(mostTailBytes)) {
      this.#insert(draft, block.id, block);
      draft.tailTo = block.id;
    }
    const isWhole = !this.isTailLong();
    for (const block of packBlocks(samples)) {
      if (!isWhole) throw new Error('samples must not overtake those in memory');
      draft.lastId += 1;
      this.#insert(draft, draft.lastId, block);
      draft.samples += block.samples;
    }
    if (positions) draft.joined = { positions, waiting: this.#waitingForNew(positions) };
    draft.dropped = dropOldest(
      sql,
      { overBytes: draft.bytes - this.#options.maxBytes, addedBytes: draft.bytes - beforeBytes },
      ledger.mayDrop,
      positions?.present ?? ledger.positions(),
      draft.hasAbsent,
    );
    draft.bytes -= draft.dropped.freedBytes;
    return draft.samples;
  }

  /** True: `append` has something to write, even without samples. */
  isDirty(): boolean {
    const { ledger, tail, totals } = this.#contents;
    const isBehind = this.#isOverBound || totals.hasPassed || tail.blocks().length > 0;
    return isBehind || this.#nextSinks !== null || ledger.isDirty();
  }

  /** Applies the draft of the last `append`: its transaction is committed. */
  committed(): void {
    const { ledger, tail } = this.#contents;
    const { bytes, lastId, hasAbsent, followed, hasPassed } = this.#draft;
    const { samples, fromTail, tailTo, forgotten, dropped, joined } = this.#draft;
    ledger.written();
    tail.passed(tailTo);
    ledger.addToAll(samples);
    if (joined) {
      ledger.replace(joined.positions, joined.waiting);
      this.#sinks = this.#nextSinks ?? this.#sinks;
      this.#nextSinks = null;
    }
    this.#contents.update({ bytes, lastId, hasAbsent, followed, hasPassed });
    this.#isOverBound = dropped.hasMore;
    this.#reportLost('max_size', dropped.blocks);
    for (const { sink } of forgotten) this.#contents.counters.forget(sink);
    for (const sink of forgotten) this.#options.losses.forgotten({ ...sink, samples: sink.samples + fromTail });
  }

  /** Keeps in memory what the disk does not take: sinks get it, the next `append` writes it. */
  hold(samples: Iterable<Sample>): void {
    const { ledger, tail } = this.#contents;
    const dropped: DroppedBlock[] = [];
    const added = tail.hold(samples, {
      maxBytes: this.#options.maxHeldBytes,
      nextId: () => this.#contents.nextId(),
      mayDrop: ledger.mayDrop,
      onDropped: (block) => dropped.push({ id: block.id, loss: lossOf(block) }),
    });
    ledger.addToAll(added);
    if (dropped.length === 0) return;
    if (this.#contents.totals.hasAbsent) ledger.lostToAbsent(dropped.reduce((sum, { loss }) => sum + loss.samples, 0));
    for (const sink of ledger.positions().keys()) ledger.moved(sink); // so that their losses are written
    this.#reportLost('memory', dropped);
  }

  /** Whether so much is in memory that the next `append` writes only a part of it. */
  isTailLong(): boolean {
    const { tail } = this.#contents;
    return tail.first(mostTailBytes).length < tail.blocks().length;
  }

  /** Whether counters are written in parts. */
  isRewriting(): boolean {
    return this.#contents.counters.isRewriting();
  }

  /** How many samples are in memory only. */
  samplesInMemory(): number {
    return this.#contents.samplesInMemory();
  }

  /** How many bytes of samples can be held without a loss for a sink. */
  roomInMemory(): number {
    return Math.max(0, this.#options.maxHeldBytes - this.#contents.bytesInMemory());
  }

  /** How many samples are on disk that not every sink has. */
  onDisk(): number {
    return this.#contents.samplesOnDisk();
  }

  /** Whether a sink, be it present or absent, lacks something on disk. */
  isWanted(): boolean {
    return this.#contents.totals.hasAbsent || this.onDisk() > 0;
  }

  /** Whether the next batch of each sink can be read. Never throws. */
  canRead(): boolean {
    return canReadAll(this.#contents);
  }

  /**
   * Leaves a damaged file, whose blocks may come back: until `startAfresh` or `leave` the sinks get
   * nothing. Returns which blocks are wanted.
   */
  pause(): SalvageScope {
    return { kind: 'running', ...this.#contents.pause() };
  }

  /** What came back with the last `startAfresh`, once. Null: no salvage was under way. */
  salvaged(): Salvaged | null {
    const salvaged = this.#salvaged;
    this.#salvaged = null;
    return salvaged;
  }

  /** The file is gone with what was in it. Until `startAfresh` there is only memory. */
  leave(): void {
    this.#contents.leave();
  }

  /** Continues with a file that holds the same blocks and positions. Throws what SQLite says. */
  moveTo(db: Database): void {
    this.#contents.moveTo(db);
  }

  /** Continues with a new file. Throws what SQLite says. */
  startAfresh(db: Database): void {
    this.#salvaged = this.#contents.startAfresh(db, this.#sinks, this.#options.passedS());
  }

  /** Changes the sinks that have positions, from the next commit on, as the constructor does. */
  setSinks(sinks: readonly SpooledSink[]): void {
    this.#nextSinks = sinks;
  }

  /** One sink's access to it. While the sink has no position, nothing waits for it. */
  view(sink: string): SpoolView {
    return createSinkView(this.#contents, sink, this.#options);
  }

  /** What waits for a sink, and from when to when. Never throws. */
  found(sink: string): FoundSamples {
    return foundBehind(this.#contents, sink);
  }

  #newDraft(): Draft {
    return beginDraft(this.#contents.totals, this.#contents.tail.samplesAfter(0));
  }

  /**
   * Writes which sinks, and whether a history, have positions. Returns those of changed sinks,
   * else null.
   */
  #draftPositions(draft: Draft): SinkPositions | null {
    const { db, sql } = this.#contents.onDisk();
    const [{ followed, lastId }, { passedS, isFollowed }] = [this.#contents.totals, this.#options];
    const positions = this.#nextSinks && takePositions(db, this.#nextSinks, lastId, passedS());
    if (positions) draft.hasAbsent = positions.hasAbsent;
    if (draft.hasAbsent) ({ forgotten: draft.forgotten, hasAbsent: draft.hasAbsent } = forgetAbsent(db, passedS()));
    draft.followed = isFollowed() ? (followed ?? this.#contents.newestOnDisk()) : null;
    if (draft.followed !== followed) sql.follow(draft.followed);
    return positions;
  }

  #insert(draft: Draft, id: number, block: Block): void {
    this.#contents.onDisk().sql.insert(id, block);
    draft.bytes += block.lines.length;
  }

  /** Counts the samples behind the positions of sinks that had none before. */
  #waitingForNew({ present }: SinkPositions): ReadonlyMap<string, number> {
    const [{ sql }, former] = [this.#contents.onDisk(), this.#contents.ledger.positions()];
    const added = [...present].filter(([sink]) => !former.has(sink));
    return new Map(added.map(([sink, { block }]) => [sink, sql.samplesAfter(block)]));
  }

  #reportLost(bound: 'max_size' | 'memory', blocks: readonly DroppedBlock[]): void {
    this.#contents.ledger.lose(blocks, (sink, loss) => this.#options.losses.lost(sink, bound, loss));
  }
}
