import type { Clock } from '../io/clock.ts';
import { isDamage } from '../io/disk/database.ts';
import { messageOf } from '../io/errors.ts';
import type { Emit } from '../model/event.ts';

/** What can be done about a database's file that is damaged or can't be read. */
export type FileRepair = {
  /**
   * Sets the damaged file aside and begins another, step by step. Returns whether there is more to
   * do. Throws what can't be done.
   */
  readonly startAfresh: (detail: string) => boolean;
  /** Whether the samples that wait can be read. Never throws. */
  readonly canRead: () => boolean;
};

const mostReadTries = 60; // a second each
/**
 * Time between two files that are set aside: if a new file is damaged at once, others will be,
 * too.
 */
const leastBetweenMs = 60_000;

/** What is wrong with the database's file, and whether work on it can continue. */
export class StoreTrouble {
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #repair: FileRepair;
  /** `store.failed` was logged, and no commit has ended that trouble yet. */
  #hasFailed = false;
  /** What SQLite said of a damaged file that is to be set aside. Null: the file is not damaged. */
  #damage: string | null = null;
  /**
   * What SQLite said of reading the samples that wait, and how often that failed. Null: it does
   * not fail.
   */
  #unread: { readonly detail: string; tries: number } | null = null;
  #setAsideMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, emit: Emit, repair: FileRepair) {
    this.#clock = clock;
    this.#emit = emit;
    this.#repair = repair;
  }

  /** Whether a failure was logged that is not over. */
  isThere(): boolean {
    return this.#hasFailed;
  }

  /** Whether the file is damaged, so that it is to be set aside. */
  isDamaged(): boolean {
    return this.#damage !== null;
  }

  /** Takes what SQLite said of a commit. */
  failed(error: unknown): void {
    if (isDamage(error) && !this.#isTooSoon()) this.#damage = messageOf(error);
    else this.#logOnce(error);
  }

  /** Takes what SQLite said of reading the samples that wait. */
  readFailed(error: unknown): void {
    this.#unread ??= { detail: messageOf(error), tries: 0 };
    this.failed(error);
  }

  /**
   * Marks the file as damaged, though no commit failed, unless one was set aside within the last
   * minute.
   */
  damaged(detail: string): void {
    if (!this.#isTooSoon()) this.#damage = detail;
  }

  /**
   * Sets a damaged file aside. Returns whether there is a sound file to work on, the next step is
   * due, or it can't be done now.
   */
  tryRepair(): 'sound' | 'working' | 'failed' {
    if (this.#damage === null) return 'sound';
    try {
      if (this.#repair.startAfresh(this.#damage)) return 'working';
      this.#damage = null;
      this.#unread = null;
      this.#setAsideMs = this.#clock.monotonicMs();
      return 'sound';
    } catch (error) {
      this.#logOnce(error);
      return 'failed';
    }
  }

  /**
   * Notes that a commit succeeded. Returns whether that ends the trouble, which is then logged.
   */
  endsNow(): boolean {
    if (!this.#hasFailed || !this.#isRead()) return false;
    this.#hasFailed = false;
    this.#emit({ event: 'store.recovered' });
    return true;
  }

  #logOnce(error: unknown): void {
    if (!this.#hasFailed) this.#emit({ event: 'store.failed', detail: messageOf(error) });
    this.#hasFailed = true;
  }

  #isTooSoon(): boolean {
    return this.#clock.monotonicMs() - this.#setAsideMs < leastBetweenMs;
  }

  /**
   * Whether the samples that wait can be read. After a minute in which they can't, the file
   * counts as damaged.
   */
  #isRead(): boolean {
    if (this.#unread === null || this.#repair.canRead()) {
      this.#unread = null;
      return true;
    }
    this.#unread.tries += 1;
    if (this.#unread.tries === mostReadTries) this.#damage = this.#unread.detail;
    return false;
  }
}
