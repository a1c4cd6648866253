import type { Clock } from '../../io/clock.ts';
import { isDamage } from '../../io/disk/database.ts';
import { messageOf } from '../../io/errors.ts';
import type { Emit } from '../../model/event.ts';

type TablesCondition =
  /** No damage is known. Other failures, such as a full disk, are tried again in five minutes. */
  | { readonly kind: 'sound' }
  /** SQLite found damage: the next step empties the tables. */
  | { readonly kind: 'damaged'; readonly detail: string }
  /**
   * Damage showed again while the tables were emptied or right after it: no history is kept until
   * there is another file. `detail` is the damage that could not be removed.
   */
  | { readonly kind: 'broken'; readonly detail: string };

const leastBetweenMs = 3_600_000; // two repairs: if tables are damaged again so soon, new ones will not be better

/** What is wrong with the history's tables, and what was logged of it. */
export class HistoryTrouble {
  readonly #clock: Clock;
  readonly #emit: Emit;
  #condition: TablesCondition = { kind: 'sound' };
  /** `history.failed` was logged, and `history.recovered` was not logged since. */
  #hasFailed = false;
  #emptiedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, emit: Emit) {
    this.#clock = clock;
    this.#emit = emit;
  }

  hasFailed(): boolean {
    return this.#hasFailed;
  }

  isDamaged(): boolean {
    return this.#condition.kind === 'damaged';
  }

  isBroken(): boolean {
    return this.#condition.kind === 'broken';
  }

  /**
   * What SQLite says of tables that are damaged so that they can't even be emptied. Null: they
   * are not.
   */
  damage(): string | null {
    return this.#condition.kind === 'broken' ? this.#condition.detail : null;
  }

  /**
   * Takes a failure. `isRepairing`: it came in a step that began with damaged tables. Returns
   * whether the tables are to be emptied now.
   */
  failed(error: unknown, isRepairing: boolean): boolean {
    if (isDamage(error)) {
      const former = this.#condition;
      if (isRepairing)
        this.#condition = { kind: 'broken', detail: former.kind === 'damaged' ? former.detail : messageOf(error) };
      else if (former.kind === 'sound') this.#condition = { kind: 'damaged', detail: messageOf(error) };
      if (this.#condition.kind === 'damaged') return true;
    }
    if (!this.#hasFailed) this.#emit({ event: 'history.failed', detail: messageOf(error) });
    this.#hasFailed = true;
    return false;
  }

  /**
   * Empties the tables if they are damaged. Throws what SQLite says, or the damage if it is too
   * soon.
   */
  repair(empty: () => void): void {
    if (this.#condition.kind !== 'damaged') return;
    const { detail } = this.#condition;
    if (this.#clock.monotonicMs() - this.#emptiedMs < leastBetweenMs) throw new Error(detail);
    empty();
    this.#emptiedMs = this.#clock.monotonicMs();
    this.#condition = { kind: 'sound' };
    this.#emit({ event: 'history.emptied', detail });
  }

  /** Notes that all work succeeded. */
  succeeded(): void {
    if (this.#hasFailed) this.#emit({ event: 'history.recovered' });
    this.#hasFailed = false;
  }

  /** Notes that there is another file. */
  startAfresh(): void {
    this.#condition = { kind: 'sound' };
  }
}
