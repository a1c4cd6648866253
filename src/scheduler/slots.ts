import PQueue from 'p-queue';
import type { Plugin } from '../model/plugin.ts';
import type { InFlightEntry } from './in-flight.ts';
import { RunQueue } from './run-queue.ts';
import type { TickRound } from './tick-round.ts';
import type { QueuePlace } from './turns.ts';

/** A claimed plugin that waits for a slot. */
export type QueuedRun = {
  readonly plugin: Plugin;
  readonly round: TickRound;
  readonly entry: InFlightEntry;
  readonly place: QueuePlace;
};

/**
 * The slots: at most as many runs at a time as the concurrency limit allows, and the queue of runs
 * that wait for one. A slot is a task of p-queue. It takes one run after the other from the queue,
 * because a task for each of thousands of queued runs would outlive garbage collections.
 */
export class Slots {
  readonly #tasks: PQueue;
  readonly #queue = new RunQueue<QueuedRun>();
  readonly #holdSlot: (run: QueuedRun) => Promise<void>;

  /**
   * `holdSlot` begins a run, and resolves when that run gives its slot back. It rejects with what
   * went wrong if the run can't begin.
   */
  constructor(concurrency: number, holdSlot: (run: QueuedRun) => Promise<void>) {
    this.#holdSlot = holdSlot;
    this.#tasks = new PQueue({ concurrency });
    // When a task ends, runs may have been queued too late for it
    this.#tasks.on('next', () => this.#fill());
  }

  /** How many runs wait for a slot. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Queues runs, and begins those that there are slots for. */
  add(runs: readonly QueuedRun[]): void {
    this.#queue.add(runs);
    this.#fill();
  }

  /** Changes the concurrency limit. Running plugins are not affected. */
  setConcurrency(runs: number): void {
    this.#tasks.concurrency = runs;
    this.#fill();
  }

  #fill(): void {
    const tasks = this.#tasks;
    while (tasks.pending + tasks.size < tasks.concurrency && this.#queue.size > 0) void tasks.add(this.#workOff);
  }

  /** Works off the queue in one slot until it is empty or the limit was lowered. */
  readonly #workOff = async (): Promise<void> => {
    while (this.#tasks.pending <= this.#tasks.concurrency) {
      const run = this.#queue.next();
      if (!run) return;
      try {
        await this.#holdSlot(run);
      } catch (error) {
        run.round.fail(error);
      }
      run.round.leave();
    }
  };
}
