import type { Clock } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { UnloggedStderr } from '../model/run.ts';

/** What one plugin wrote to stderr within an hour that began with its first line. */
type StderrHour = {
  readonly sinceMs: number;
  /** All that it wrote, logged or not. */
  bytes: number;
  unlogged: { lines: number; bytes: number };
  /** How many hours in a row met the bound, and since when. */
  readonly streak: { count: number; readonly sinceMs: number };
};

const hourMs = 3_600_000;

/**
 * How much of its stderr each plugin may write to the log within an hour. What comes beyond that
 * is counted, and the count is reported when the hour is over. A plugin that writes nothing to
 * stderr has no entry here.
 */
export class StderrBudget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #mostBytes: () => number;
  readonly #emit: Emit;
  readonly #hours = new Map<PluginFile, StderrHour>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, mostBytes: () => number, emit: Emit) {
    this.#clock = clock;
    this.#mostBytes = mostBytes;
    this.#emit = emit;
  }

  /** Whether this line is logged. It counts either way. */
  allows(file: PluginFile, line: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#endHour(file, nowMs);
    const hour = this.#hours.get(file) ?? hourFrom(nowMs, { count: 0, sinceMs: nowMs });
    this.#hours.set(file, hour);
    const bytes = Buffer.byteLength(line) + 1; // its line end
    const mostBytes = this.#mostBytes();
    hour.bytes += bytes;
    if (hour.bytes <= mostBytes) return true;
    hour.unlogged.lines += 1;
    hour.unlogged.bytes += bytes;
    if (hour.unlogged.lines === 1) this.#reportLimit(file, hour, mostBytes, nowMs);
    return false;
  }

  /** To be called at each tick: reports what was not logged in the hours that are over. */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const file of this.#hours.keys()) this.#endHour(file, nowMs);
  }

  /** What is not logged of a plugin's current hour; null: nothing, or the bound was raised. */
  unlogged(file: PluginFile): UnloggedStderr | null {
    const hour = this.#hours.get(file);
    const mostBytes = this.#mostBytes();
    return hour === undefined || hour.bytes <= mostBytes ? null : { ...hour.unlogged, mostBytes };
  }

  /** An hour within the bound is forgotten; after one beyond it the next one begins. */
  #endHour(file: PluginFile, nowMs: number): void {
    const hour = this.#hours.get(file);
    if (hour === undefined || nowMs - hour.sinceMs < hourMs) return;
    this.#hours.delete(file);
    const { lines, bytes } = hour.unlogged;
    if (lines === 0) return;
    this.#emit({ event: 'run.stderr-unlogged', plugin: file, lines, bytes, elapsedMs: nowMs - hour.sinceMs });
    this.#hours.set(file, hourFrom(nowMs, hour.streak));
  }

  #reportLimit(plugin: PluginFile, { streak }: StderrHour, mostBytes: number, nowMs: number): void {
    streak.count += 1;
    const repeated = { repeat: streak.count, elapsedMs: nowMs - streak.sinceMs };
    this.#emit({ event: 'run.stderr-limited', plugin, mostBytes, ...repeated });
  }
}

function hourFrom(sinceMs: number, streak: StderrHour['streak']): StderrHour {
  return { sinceMs, bytes: 0, unlogged: { lines: 0, bytes: 0 }, streak };
}
