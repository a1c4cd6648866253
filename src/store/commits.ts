import type { Clock, Timer } from '../io/clock.ts';
import { messageOf } from '../io/errors.ts';
import { atOnce } from '../io/walk.ts';
import type { Emit } from '../model/event.ts';
import type { Walk } from '../model/walk.ts';
import type { PendingSamples } from './pending.ts';
import type { StoreTables } from './tables.ts';
import { StoreTrouble } from './trouble.ts';

type CommitState =
  /** No commit is due. */
  | { readonly kind: 'idle' }
  /** The next commit is made when the timer fires, or before. */
  | { readonly kind: 'scheduled'; readonly timer: Timer }
  /** The agent has ended. A script that outlives it may still end: nothing is written for it. */
  | { readonly kind: 'closed' };

/** What the commits work with. */
export type CommitDeps = {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly tables: StoreTables;
  readonly pending: PendingSamples;
  /** Called when the sinks have new samples, or can continue after trouble. */
  readonly onAppended: () => void;
};

const commitDelayMs = 50;
const retryDelayMs = 1000;
const salvageDelayMs = 5; // between two steps, for all other work
const mostPendingBytes = 4 * 1024 * 1024; // outputs wait for the commit in memory
const samplesACommit = 2500; // 5 ms, or 15 if all names are new
const partDelayMs = 1; // between two parts, for all other work

/**
 * Commits what is pending, 50 ms after the first change; after a failure, every second until it
 * succeeds.
 */
export class Commits {
  readonly #deps: CommitDeps;
  readonly #trouble: StoreTrouble;
  #state: CommitState = { kind: 'idle' };
  /** What can be read of a damaged file is being copied: each commit does a step of it. */
  #isSalvaging = false;
  /** The sinks were changed since the last commit. */
  #hasNewSinks = false;

  constructor(deps: CommitDeps) {
    const { clock, emit, tables } = deps;
    this.#deps = deps;
    this.#trouble = new StoreTrouble(clock, emit, {
      startAfresh: (detail) => tables.startAfresh(detail),
      canRead: () => tables.spool.canRead(),
    });
  }

  isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  /** Makes a commit due. One that is due already stays due when it is. */
  soon(delayMs = commitDelayMs): void {
    if (this.#state.kind !== 'idle') return;
    const timer = this.#deps.clock.after(delayMs, () => this.commit());
    this.#state = { kind: 'scheduled', timer };
  }

  /** Commits the samples of a run that were added: soon, or now if too many bytes are pending. */
  added(): void {
    if (this.#deps.pending.bytes() <= mostPendingBytes) this.soon();
    else if (this.#trouble.isThere()) this.#hold();
    else this.commit();
  }

  /** Commits the change of sinks that the spool was given. */
  sinksChanged(): void {
    this.#hasNewSinks = true;
    this.commit();
  }

  /**
   * Moves to a new file, because the one in use was removed or replaced. Each step is short, and
   * other work is done between them. Resolves to null, or to what kept it from being done.
   */
  async move(): Promise<string | null> {
    const { clock, emit, tables } = this.#deps;
    try {
      while (this.#state.kind !== 'closed' && tables.move()) await new Promise<void>((done) => clock.after(1, done));
      if (this.#state.kind === 'closed') return null;
      const outputs = tables.lastRuns.dropMissing();
      emit({ event: 'store.moved', samples: tables.spool.onDisk(), outputs });
      this.commit();
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Takes what SQLite said of writing. */
  failed(error: unknown): void {
    this.#trouble.failed(error);
    this.#retry();
  }

  /** Takes what SQLite said of reading samples that wait. */
  readFailed(error: unknown): void {
    this.#trouble.readFailed(error);
    this.#retry();
  }

  /** Commits now all that is pending, a part with each step. */
  *flushWalk(): Walk<void> {
    this.commit();
    while (!this.isClosed() && !this.#trouble.isThere() && this.#hasMore()) {
      yield;
      this.commit();
    }
  }

  /**
   * Commits now what is pending. Much is committed in parts: the next one follows soon, after other
   * work. The state of a run is committed with the last of its samples. If a commit fails, samples
   * stay in memory, where the sinks find them.
   */
  commit(): void {
    if (this.#state.kind === 'closed') return;
    if (this.#state.kind === 'scheduled') this.#state.timer.cancel();
    this.#state = { kind: 'idle' };
    const { history, spool } = this.#deps.tables;
    const damage = history.damage();
    if (damage !== null && !spool.isWanted()) this.#trouble.damaged(damage); // another file costs no sink anything
    const repair = this.#trouble.tryRepair();
    this.#isSalvaging = repair === 'working';
    if (repair !== 'sound') {
      this.#hold();
      this.soon(repair === 'working' ? salvageDelayMs : retryDelayMs);
      return;
    }
    if (this.#isClean() && !this.#trouble.isThere()) return;
    const samples = this.#write();
    if (samples !== null) this.#committed(samples);
  }

  /**
   * Commits for the last time and closes the tables. What can't be committed is lost, which is
   * logged.
   */
  close(): void {
    const { emit, pending, tables } = this.#deps;
    atOnce(this.flushWalk());
    if (this.#trouble.isDamaged()) this.commit(); // the commit found the damage; this one begins a new file
    while (this.#isSalvaging) this.commit();
    atOnce(this.flushWalk());
    const samples = tables.spool.samplesInMemory() + pending.count();
    if (samples > 0) emit({ event: 'store.lost', samples });
    if (this.#state.kind === 'scheduled') this.#state.timer.cancel();
    this.#state = { kind: 'closed' };
    tables.close();
  }

  /** Whether the last commit was only a part. */
  #hasMore(): boolean {
    const { pending, tables } = this.#deps;
    return pending.hasMore() || tables.spool.isTailLong() || tables.spool.isRewriting();
  }

  #isClean(): boolean {
    const { pending, tables } = this.#deps;
    const { lastRuns, marks, recordedRuns, spool } = tables;
    return pending.isEmpty() && [recordedRuns, lastRuns, marks, spool].every((part) => !part.isDirty());
  }

  /**
   * Writes everything in one transaction. Returns how many samples were added. Null: it failed.
   */
  #write(): number | null {
    const { pending, tables } = this.#deps;
    const { history, lastRuns, life, marks, passed, recordedRuns, spool } = tables;
    let samples = 0;
    try {
      tables.transaction(() => {
        const isTailLong = spool.isTailLong();
        const next = pending.read(isTailLong ? 0 : samplesACommit);
        // No run's state before its samples
        lastRuns.commit(isTailLong ? 'all' : pending.unfinished());
        recordedRuns.commit();
        marks.commit();
        passed.commit();
        life.commit();
        samples = spool.append(isTailLong ? [] : history.noting(next));
      });
      return samples;
    } catch (error) {
      this.failed(error);
      this.#hold();
      return null;
    }
  }

  #committed(samples: number): void {
    const { onAppended, pending, tables } = this.#deps;
    const { history, lastRuns, life, marks, recordedRuns, spool } = tables;
    for (const part of [spool, lastRuns, recordedRuns, marks, life, pending]) part.committed();
    if (!pending.needsOutputs()) lastRuns.removeFormer();
    history.committed(samples);
    const hasRecovered = this.#trouble.endsNow();
    if (this.#trouble.isThere()) this.soon(retryDelayMs);
    else if (this.#hasMore()) this.soon(partDelayMs);
    else if (!pending.isEmpty()) this.soon(retryDelayMs);
    else if (spool.isDirty()) this.soon();
    const isNews = samples > 0 || hasRecovered || this.#hasNewSinks;
    this.#hasNewSinks = false;
    if (isNews) onAppended(); // last: what the sinks do may fail again
  }

  /** Moves what the disk does not take now to the spool's memory, where the sinks find it. */
  #hold(): void {
    const { onAppended, pending, tables } = this.#deps;
    const { history, lastRuns, spool } = tables;
    const before = spool.samplesInMemory();
    pending.hold((samples) => spool.hold(history.noting(samples)), spool.roomInMemory());
    if (!pending.needsOutputs()) lastRuns.removeFormer();
    if (spool.samplesInMemory() > before) onAppended();
  }

  #retry(): void {
    this.soon(this.#trouble.isDamaged() ? 0 : retryDelayMs);
  }
}
