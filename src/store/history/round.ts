import { Fold } from './fold.ts';
import type { HistoryStorage } from './storage.ts';
import { beginTidy, type Tidy } from './tidy.ts';

/**
 * The work of every five minutes, in steps: moves blocks of the spool into the history, then
 * brings the history within its bounds.
 */
export class HistoryRound {
  readonly #storage: HistoryStorage;
  /** The blocks up to this one are to be moved. */
  #dueTo = 0;
  /** The move that has begun, and the history's position before it. Null: none has. */
  #moving: { readonly fold: Fold; readonly position: number } | null = null;
  /** The tidying that has begun; it stays while blocks are moved. Null: none has. */
  #tidy: Tidy | null = null;
  #hasMoved = false;

  constructor(storage: HistoryStorage) {
    this.#storage = storage;
  }

  /** Makes the blocks up to this one due. */
  due(to: number): void {
    this.#dueTo = to;
  }

  /**
   * Does a little of the work. Returns whether there is more to do. Throws what SQLite says; then
   * `giveUp` must follow.
   */
  step(isKept: boolean): boolean {
    this.#hasMoved = false;
    const position = this.#storage.follower.position();
    if (!isKept || position === null || position >= this.#dueTo) return this.#tidyUp();
    this.#move(position);
    return true;
  }

  /** Whether the last step moved the history's position in the spool. */
  hasMoved(): boolean {
    return this.#hasMoved;
  }

  /** Drops the work that has begun. It begins again when something is due. */
  giveUp(): void {
    this.#moving = null;
    this.#tidy = null;
  }

  #move(position: number): void {
    if (this.#moving?.position !== position) this.#moving = { fold: new Fold(this.#storage, this.#dueTo), position };
    if (this.#moving.fold.step()) return;
    this.#moving = null;
    this.#hasMoved = true;
  }

  #tidyUp(): boolean {
    this.#moving = null;
    this.#tidy ??= beginTidy(this.#storage);
    const hasMore = this.#tidy.step();
    if (!hasMore) this.#tidy = null;
    return hasMore;
  }
}
