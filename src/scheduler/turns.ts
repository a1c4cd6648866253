import type { PluginFile } from '../model/plugin.ts';
import type { InFlightEntry } from './in-flight.ts';

/** What is remembered of a plugin between its runs, written in place. */
type Remembered = {
  /** How long its last run took, in ms; 0: not known. */
  durationMs: number;
  /** Bit n: it was passed over at the tick n before `tick`. */
  passedOver: number;
  /** The number of the tick that `passedOver` was brought up to. */
  tick: number;
};

/**
 * A queued run's place: the earliest `tick` first; of equals, the shortest expected run. `tick` is
 * the number of the tick that the run counts as queued at.
 */
export type QueuePlace = { readonly tick: number; readonly expectedMs: number };

const rememberedTicks = 16;
const allTicks = 2 ** rememberedTicks - 1;

/**
 * Gives each queued run its place, so that every plugin gets its turn, however many there are.
 *
 * First come, first served, by ticks; of those that came at the same tick, the shortest goes
 * first. For each of the last 16 ticks at which a plugin was passed over, its run counts as queued
 * one tick earlier. So a plugin that was passed over goes before one that was not, and plugins that
 * are always due run about equally often. A plugin that has never run goes first.
 *
 * The bound: a run that has waited for more than 16 ticks goes before every run that is queued
 * later, so no plugin waits longer than 17 ticks and the time in which the runs before it end. The
 * expected duration is that of the last run alone, and decides only between equals: a slow first
 * run costs a plugin its place at one tick.
 */
export class Turns {
  readonly #byFile = new Map<PluginFile, Remembered>();
  #tick = 0;
  #tickAtS = Number.NaN;

  /** Begins the tick at `atS`, if it has not begun. To be called before runs get their places. */
  beginTick(atS: number): void {
    if (atS !== this.#tickAtS) this.#tick += 1;
    this.#tickAtS = atS;
  }

  /** Returns the place of a plugin's run that is queued now. */
  place(file: PluginFile): QueuePlace {
    const known = this.#byFile.get(file);
    if (known === undefined) {
      this.#byFile.set(file, { durationMs: 0, passedOver: 0, tick: this.#tick });
      return { tick: this.#tick - rememberedTicks, expectedMs: 0 };
    }
    this.#bringUp(known);
    return { tick: this.#tick - bitsIn(known.passedOver), expectedMs: Math.ceil(known.durationMs) };
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
    const known = this.#byFile.get(entry.file);
    if (known === undefined) return;
    this.#bringUp(known);
    const [runsForMs, expectedMs] = [entry.elapsedMs(), known.durationMs];
    const isLate =
      expectedMs === 0
        ? runsForMs <= entry.waitedMs
        : runsForMs <= expectedMs && expectedMs <= entry.waitedMs + runsForMs;
    entry.isPassedOver = entry.state === 'waiting' || isLate;
    if (entry.isPassedOver) known.passedOver |= 1;
  }

  /** Forgets scripts that are not among these. */
  present(files: readonly PluginFile[]): void {
    const existing = new Set(files);
    for (const file of this.#byFile.keys()) if (!existing.has(file)) this.#byFile.delete(file);
  }

  #bringUp(known: Remembered): void {
    const ticks = this.#tick - known.tick;
    if (ticks === 0) return;
    known.passedOver = ticks < rememberedTicks ? (known.passedOver << ticks) & allTicks : 0;
    known.tick = this.#tick;
  }
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
