import type { Plugin, PluginFile } from '../model/plugin.ts';
import type { InFlightRun, RecordedRun, Tick } from '../model/run.ts';
import { ActiveRun, SlotHold } from './active-run.ts';
import { createInFlight, type InFlightClaims, type InFlightEntry } from './in-flight.ts';
import { LongRuns } from './long-runs.ts';
import type { SchedulerDeps, StartedRun } from './scheduler-deps.ts';
import { SkipReports } from './skip-reports.ts';
import { type SlotBounds, SlotLimit } from './slot-limit.ts';
import { type QueuedRun, Slots } from './slots.ts';
import { Survivors } from './survivors.ts';
import { TickRound } from './tick-round.ts';
import { Turns } from './turns.ts';

/** What a trial is asked and given while it waits for another run of its plugin. */
export type WaitingTrial = {
  /** Is given the run that the trial waits for. */
  readonly onWait: (other: InFlightRun) => void;
  /** Is asked before the trial begins; false: no one waits for its result any more. */
  readonly isWanted: () => boolean;
};

/**
 * Decides at each tick which plugins run. A bounded number of them hold a slot at a time. Who was
 * passed over goes first, and none is passed over for ever (`turns.ts`). The scheduler can't end
 * a run: an overdue run loses its slot, not its process.
 *
 * A plugin never runs twice at a time: it is claimed in one synchronous step before it is queued,
 * and its claim is released only when its process has ended.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #claims: InFlightClaims;
  readonly #survivors: Survivors;
  readonly #slots: Slots;
  readonly #limit: SlotLimit;
  readonly #longRuns: LongRuns;
  readonly #turns = new Turns();
  readonly #skips: SkipReports;
  /** No run begins any more: each queued run gives up its claim when it gets a slot. */
  #isClosed = false;
  /** Called when no run is left after `close`. */
  readonly #onIdle: (() => void)[] = [];

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#claims = createInFlight(deps.clock);
    this.#survivors = new Survivors(deps, this.#claims);
    this.#slots = new Slots(deps.slots.least, (run) => this.#holdSlot(run));
    this.#limit = new SlotLimit(deps.clock, deps.load, this.#slots, deps.slots);
    this.#longRuns = new LongRuns(deps.clock);
    this.#skips = new SkipReports(deps);
  }

  /**
   * Queues each plugin that is not in flight, and reports which are skipped. Resolves when no run
   * of this tick is queued or holds a slot: each has ended or is overdue. Rejects with what
   * `startRun` throws; the other plugins run all the same.
   */
  tick(tick: Tick, plugins: readonly Plugin[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#survivors.releaseEnded();
      const round = new TickRound(tick, resolve, reject);
      this.#turns.beginTick(tick.atS);
      const claimed: Omit<QueuedRun, 'place'>[] = [];
      const skipped: InFlightEntry[] = [];
      for (const plugin of plugins) {
        const entry = this.#claims.claim(plugin.file);
        if (entry) claimed.push({ plugin, round, entry });
        else skipped.push(...this.#skip(plugin.file));
      }
      this.#skips.report(skipped);
      round.begin(claimed.length);
      const queued = ({ plugin, round, entry }: (typeof claimed)[number]): QueuedRun => ({
        plugin,
        round,
        entry,
        place: this.#turns.place(plugin.file),
      });
      this.#slots.add(claimed.map(queued));
      this.#limit.watch();
    });
  }

  /**
   * Runs a plugin for a person, as soon as it is not in flight, and beside the slots. It is
   * claimed meanwhile, so that no tick runs it too. Resolves when that run has ended; false: it
   * did not begin, because it was not wanted any more or the scheduler is closed. Rejects with
   * what `begin` throws.
   */
  async trial(file: PluginFile, begin: () => StartedRun, { onWait, isWanted }: WaitingTrial): Promise<boolean> {
    while (isWanted() && !this.#isClosed) {
      const entry = this.#claims.claim(file);
      if (entry !== null) {
        const run = this.#beginOrRelease(file, begin);
        await this.#follow(new ActiveRun(this.#deps, entry, run, null));
        return true;
      }
      const other = this.#claims.get(file);
      if (other) onWait(other);
      await this.#claims.released(file);
    }
    return false;
  }

  /** Plugins whose recorded run is still going count as in flight until that run ends. */
  adopt(recorded: readonly RecordedRun[]): void {
    this.#survivors.adopt(recorded);
  }

  /** Forgets the durations and turns of scripts that no longer exist. */
  present(files: ReadonlySet<PluginFile>): void {
    this.#turns.present(files);
  }

  /** Every claim, in the order in which they were made. */
  inFlight(): readonly InFlightRun[] {
    return this.#claims.all();
  }

  /** How many runs may hold a slot now. */
  slots(): number {
    return this.#limit.slots;
  }

  /** Changes how many runs may hold a slot. Running plugins are not affected. */
  setSlots(bounds: SlotBounds): void {
    this.#limit.setBounds(bounds);
  }

  /**
   * Starts no more runs. Resolves when all running ones have ended, which may be never: the caller
   * limits how long it waits.
   */
  close(): Promise<void> {
    this.#isClosed = true;
    return new Promise((resolve) => {
      if (this.#isIdle()) resolve();
      else this.#onIdle.push(resolve);
    });
  }

  /**
   * Whether nothing is running that this agent began. Runs of a former agent are not waited for.
   */
  #isIdle(): boolean {
    return !this.#claims.all().some(({ file, state }) => state === 'running' && !this.#survivors.has(file));
  }

  /** The claim that keeps a plugin from running at this tick. */
  #skip(file: PluginFile): readonly InFlightEntry[] {
    const entry = this.#claims.get(file);
    if (!entry) return [];
    this.#turns.skipped(entry);
    return [entry];
  }

  /** Begins a queued run when there is room for it, and resolves when it gives its slot back. */
  #holdSlot(run: QueuedRun): Promise<void> {
    const wait = this.#deps.untilRoom();
    return wait === null ? this.#beginInSlot(run) : wait.then(() => this.#holdSlot(run));
  }

  #beginInSlot({ plugin, round, entry }: QueuedRun): Promise<void> {
    return new Promise((freeSlot) => {
      if (this.#isClosed) {
        this.#claims.release(plugin.file);
        return freeSlot();
      }
      const startedMs = this.#deps.clock.monotonicMs();
      this.#turns.began(plugin.file);
      const run = this.#beginOrRelease(plugin.file, () => this.#deps.startRun(plugin, round.tick));
      const slot = new SlotHold(this.#deps, entry, startedMs, freeSlot);
      void this.#follow(new ActiveRun(this.#deps, entry, run, slot));
    });
  }

  /** Begins a run. If it can't begin, its claim must not stay. */
  #beginOrRelease(file: PluginFile, begin: () => StartedRun): StartedRun {
    try {
      return begin();
    } catch (error) {
      this.#claims.release(file);
      throw error;
    }
  }

  /** Resolves when the run has ended and its claim is released. */
  #follow(run: ActiveRun): Promise<void> {
    this.#longRuns.follow(run);
    return run.ended.then(() => this.#onEnded(run));
  }

  #onEnded(run: ActiveRun): void {
    const { file } = run.entry;
    this.#longRuns.leave(run);
    this.#claims.release(file);
    if (this.#isClosed && this.#isIdle()) for (const resolve of this.#onIdle) resolve();
    if (run.slot) this.#turns.ended(file, run.slot.end());
    else this.#deps.forgetRun(file);
  }
}
