import type { Clock, Timer } from '../io/clock.ts';
import type { Slots } from './slots.ts';

/** How many runs may hold a slot: at least `least`; up to `most` where that helps. */
export type SlotBounds = { readonly least: number; readonly most: number };

/** What tells whether the host can bear more runs at a time. */
export type HostLoad = {
  /** Begins a new span of time for `busyPercent`. */
  look(): void;
  /** How busy the processors were in the span before the last look, 0 to 100; null: not known. */
  busyPercent(): number | null;
  /** Whether memory is left for more processes. */
  hasMemory(): boolean;
};

const lookEveryMs = 200;
const idlePercent = 70; // less busy processors can take more runs
const fullPercent = 95;
const growth = 1.5;
const shrinkage = 0.8;

/**
 * Adapts the number of slots to the host. While runs are queued, it looks at the processors five
 * times a second: if they are idle, the runs only wait for something else, and more slots make
 * them end sooner; if they are fully busy, more slots only cost memory. It never looks while no
 * run is queued.
 */
export class SlotLimit {
  readonly #clock: Clock;
  readonly #load: HostLoad;
  readonly #slots: Slots;
  #bounds: SlotBounds;
  #limit: number;
  #timer: Timer | null = null;

  constructor(clock: Clock, load: HostLoad, slots: Slots, bounds: SlotBounds) {
    this.#clock = clock;
    this.#load = load;
    this.#slots = slots;
    this.#bounds = bounds;
    this.#limit = bounds.least;
  }

  /** The number of slots now. */
  get slots(): number {
    return this.#limit;
  }

  /** Changes the bounds. Running plugins are not affected. */
  setBounds(bounds: SlotBounds): void {
    this.#bounds = bounds;
    this.#set(this.#limit);
  }

  /** To be called when runs were queued. */
  watch(): void {
    const { least, most } = this.#bounds;
    if (this.#timer !== null || least >= most || this.#slots.queued === 0) return;
    this.#load.look();
    this.#wait();
  }

  #wait(): void {
    this.#timer = this.#clock.after(lookEveryMs, () => this.#adapt());
  }

  #adapt(): void {
    this.#timer = null;
    const { least, most } = this.#bounds;
    if (least >= most || this.#slots.queued === 0) return;
    this.#load.look();
    const busy = this.#load.busyPercent();
    if (busy !== null && busy < idlePercent && this.#limit < most && this.#load.hasMemory())
      this.#set(Math.ceil(this.#limit * growth));
    else if (busy !== null && busy > fullPercent && this.#limit > least) this.#set(Math.floor(this.#limit * shrinkage));
    if (this.#slots.queued > 0) this.#wait();
  }

  #set(runs: number): void {
    this.#limit = Math.min(this.#bounds.most, Math.max(this.#bounds.least, runs));
    this.#slots.setConcurrency(this.#limit);
  }
}
