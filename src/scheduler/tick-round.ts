import type { Tick } from '../model/run.ts';

/** The runs of one tick that are queued or hold a slot. The tick is over when none is left. */
export class TickRound {
  readonly tick: Tick;
  readonly #onOver: () => void;
  readonly #onFailure: (error: unknown) => void;
  #left = 0;

  /** `onOver` and `onFailure` settle the promise of the tick; the first call of either counts. */
  constructor(tick: Tick, onOver: () => void, onFailure: (error: unknown) => void) {
    this.tick = tick;
    this.#onOver = onOver;
    this.#onFailure = onFailure;
  }

  /** Sets how many runs the tick has. Without any it is over at once. */
  begin(runs: number): void {
    this.#left = runs;
    if (runs === 0) this.#onOver();
  }

  /** A run can't be started. The other runs of the tick are not affected. */
  fail(error: unknown): void {
    this.#onFailure(error);
  }

  /** A run gave its slot back, or never began. */
  leave(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#onOver();
  }
}
