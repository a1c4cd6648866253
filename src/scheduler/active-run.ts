import type { Timer } from '../io/clock.ts';
import type { InFlightEntry } from './in-flight.ts';
import { type FollowedRun, longMs } from './long-runs.ts';
import type { SchedulerDeps, StartedRun } from './scheduler-deps.ts';

/**
 * The slot of a run. The run gives it back when it ends or becomes overdue, whichever is first.
 */
export class SlotHold {
  readonly #deps: SchedulerDeps;
  readonly #entry: InFlightEntry;
  readonly #startedMs: number;
  readonly #overdueAfterMs: number;
  readonly #freeSlot: () => void;
  #timer: Timer | null = null;

  /** `startedMs` is when the run began, by the monotonic clock. */
  constructor(deps: SchedulerDeps, entry: InFlightEntry, startedMs: number, freeSlot: () => void) {
    this.#deps = deps;
    this.#entry = entry;
    this.#startedMs = startedMs;
    this.#overdueAfterMs = deps.overdueAfterMs;
    this.#freeSlot = freeSlot;
    if (this.#overdueAfterMs <= longMs) this.watch(0);
  }

  /**
   * Sets the timer of a run that is `ageMs` old. Called when the run is long: most runs end
   * before, and need no timer.
   */
  watch(ageMs: number): void {
    this.#timer ??= this.#deps.clock.after(this.#overdueAfterMs - ageMs, () => this.#onOverdue());
  }

  /** The run has ended. Returns how long it took, in ms. */
  end(): number {
    const durationMs = this.#ageMs();
    this.#timer?.cancel();
    this.#freeSlot();
    return durationMs;
  }

  #onOverdue(): void {
    const { file: plugin, pid } = this.#entry;
    this.#entry.isOverdue = true;
    this.#deps.emit({ event: 'run.overdue', plugin, pid: pid(), elapsedMs: this.#ageMs() });
    this.#freeSlot();
  }

  #ageMs(): number {
    return this.#deps.clock.monotonicMs() - this.#startedMs;
  }
}

/**
 * A run that has begun, until its process has ended. `slot` null: it is a trial, which needs no
 * slot.
 */
export class ActiveRun implements FollowedRun {
  readonly entry: InFlightEntry;
  readonly ended: Promise<void>;
  readonly slot: SlotHold | null;
  readonly startedMs: number;
  readonly #deps: SchedulerDeps;

  /** Marks the claim as running. */
  constructor(deps: SchedulerDeps, entry: InFlightEntry, run: StartedRun, slot: SlotHold | null) {
    entry.begin(run.pid);
    this.entry = entry;
    this.ended = run.ended;
    this.slot = slot;
    this.startedMs = deps.clock.monotonicMs();
    this.#deps = deps;
  }

  /**
   * Records the run. False: its process id is not known yet, because a busy machine is slow to
   * start it.
   */
  onLong(ageMs: number): boolean {
    this.slot?.watch(ageMs);
    const { file, sinceMs } = this.entry;
    const pid = this.entry.pid();
    if (pid === null) return false;
    this.#deps.recordRun(file, sinceMs, pid);
    return true;
  }
}
