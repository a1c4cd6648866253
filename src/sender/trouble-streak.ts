import type { SinkTrouble } from '../model/sink.ts';

/** What can happen again and again to one sink: a batch comes back, or the sink drops samples. */
export type StreakKind = SinkTrouble['kind'] | 'dropped';

/**
 * Trouble of one kind, time after time, without a delivery that worked in between. The sender
 * reports with each trouble how often it has happened and since when, so that the log can be
 * brief about steady trouble.
 */
export class TroubleStreak {
  #current: { readonly kind: StreakKind; readonly repeat: number; readonly sinceMs: number } | null = null;

  /**
   * Counts trouble at `nowMs`, of a clock that only moves forward. Returns its number in the
   * streak (1, 2, …) and the time since the first. Another kind of trouble starts a new streak.
   */
  next(kind: StreakKind, nowMs: number): { readonly repeat: number; readonly elapsedMs: number } {
    const before = this.#current?.kind === kind ? this.#current : { repeat: 0, sinceMs: nowMs };
    this.#current = { kind, repeat: before.repeat + 1, sinceMs: before.sinceMs };
    return { repeat: this.#current.repeat, elapsedMs: nowMs - before.sinceMs };
  }

  /** A whole batch has arrived: the next trouble starts a new streak. */
  end(): void {
    this.#current = null;
  }
}
