import type { PluginFile } from '../model/plugin.ts';
import type { InFlightEntry } from './in-flight.ts';

/** What is remembered of a plugin between its runs, written in place. */
type Remembered = {
  /** The number of its last begin; 0: it has not begun. */
  beganAs: number;
  /** How long its last run took, in ms; 0: not known. */
  durationMs: number;
};

/**
 * A queued run's place: the lowest `after` first; of equals, the shortest expected run. `after` is
 * the number of the begin that the run is queued behind; the begins of all plugins count from 1.
 */
export type QueuePlace = { readonly after: number; readonly expectedMs: number };

const calmTicks = 10;

/**
 * Gives each queued run its place, so that every plugin gets its turn, however many there are.
 *
 * As long as everything fits into the interval, the run that is expected to be the shortest goes
 * first. If a plugin was passed over at this tick or one of the last ten, the plugin whose last
 * run began the longest ago goes first. A plugin that has never run goes before all others.
 *
 * The bound: while a run waits, no other plugin begins twice. For a begin gets a higher number than
 * any that a queued run is behind, and the next run of that plugin, at a later tick, is queued
 * behind that number or a higher one. So between two begins of a plugin, another one begins at most
 * two times more than there are ticks at which the first was still running; and once more while
 * plugins are passed over, because one that began after the first goes behind it.
 *
 * The expected duration is that of the last run alone: a slow first run costs a plugin its place
 * once.
 */
export class Turns {
  readonly #byFile = new Map<PluginFile, Remembered>();
  #begins = 0;
  #beginsBeforeTick = 0;
  #tick = 0;
  #tickAtS = Number.NaN;
  /** The last tick at which a plugin was passed over. */
  #passedOverAt = Number.NEGATIVE_INFINITY;

  /** Begins the tick at `atS`, if it has not begun. To be called before runs get their places. */
  beginTick(atS: number): void {
    if (atS === this.#tickAtS) return;
    this.#tickAtS = atS;
    this.#tick += 1;
    this.#beginsBeforeTick = this.#begins;
  }

  /** Returns the place of a run that is queued now. To be called after `skipped`. */
  place(file: PluginFile): QueuePlace {
    const known = this.#byFile.get(file);
    if (known === undefined) return { after: 0, expectedMs: 0 };
    const isCalm = this.#tick - this.#passedOverAt > calmTicks;
    return { after: isCalm ? this.#beginsBeforeTick : known.beganAs, expectedMs: Math.ceil(known.durationMs) };
  }

  /** A run begins. */
  began(file: PluginFile): void {
    this.#begins += 1;
    const known = this.#byFile.get(file);
    if (known) known.beganAs = this.#begins;
    else this.#byFile.set(file, { beganAs: this.#begins, durationMs: 0 });
  }

  /** A run has ended, after `durationMs`. */
  ended(file: PluginFile, durationMs: number): void {
    const known = this.#byFile.get(file);
    if (known) known.durationMs = durationMs;
  }

  /**
   * A plugin is skipped at this tick. It was passed over if it waits for a slot; or if it runs, and
   * would have ended by now if it had begun at its tick; without a former run to go by, if it has
   * waited longer than it runs.
   */
  skipped(entry: InFlightEntry): void {
    const expectedMs = this.#byFile.get(entry.file)?.durationMs ?? 0;
    const runsForMs = entry.elapsedMs();
    const isLate =
      expectedMs === 0
        ? runsForMs <= entry.waitedMs
        : runsForMs <= expectedMs && expectedMs <= entry.waitedMs + runsForMs;
    entry.isPassedOver = entry.state === 'waiting' || isLate;
    if (entry.isPassedOver) this.#passedOverAt = this.#tick;
  }

  /** Forgets scripts that are not among these. */
  present(files: ReadonlySet<PluginFile>): void {
    for (const file of this.#byFile.keys()) if (!files.has(file)) this.#byFile.delete(file);
  }
}
