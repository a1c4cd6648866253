import type { Sample } from '../../../src/model/sample.ts';
import { openIn, type TestStore } from '../set-up.ts';
import { aWeek, sample, startS } from './model.ts';

/** Bounds that a test changes while the store runs. */
export type Bounds = { keptForS: number; maxSizeBytes: number; keepsLatest: boolean };

/** Opens a store with a history. Its sinks accept nothing unless the test does it. */
export function openHistoryIn(
  dir: string,
  { history = { ...aWeek } as Bounds, startMs = (startS - 30) * 1000, ...others }: Parameters<typeof openIn>[1] = {},
): TestStore {
  return openIn(dir, { sinks: [], startMs, history, ...others });
}

/** Lets due work be done until nothing is due any more, or for a number of steps. */
export function settle({ clock }: TestStore, steps = Number.POSITIVE_INFINITY): void {
  clock.advance(5000);
  for (let step = 1; step < steps && clock.pending() > 0; step += 1) clock.advance(20);
}

/**
 * Commits `count` ticks, each of a number of metrics and 30 s after the one before. Returns the
 * samples; a sample's value is its number.
 */
export function tick(at: TestStore, count: number, metrics: number): Sample[] {
  const all: Sample[] = [];
  for (let time = 0; time < count; time += 1) {
    at.clock.advance(30_000);
    const nowS = Math.floor(at.clock.nowMs() / 1000);
    const samples = Array.from({ length: metrics }, (_, index) =>
      sample(`h.p${index % 100}.m${index}`, time * metrics + index, nowS),
    );
    all.push(...samples);
    at.store.append(samples);
    at.store.flush();
  }
  return all;
}

/** Returns how many rows each of the history's tables has, and the last block that is in them. */
export function rowsIn({ db }: TestStore): {
  readonly history: number;
  readonly raw: number;
  readonly metrics: number;
  readonly block: unknown;
} {
  const count = (table: string) => Number(db().prepare(`SELECT COUNT(*) AS rows FROM ${table}`).all()[0]?.['rows']);
  const block = db().prepare('SELECT block FROM history_state').all()[0]?.['block'];
  return { history: count('history'), raw: count('history_raw'), metrics: count('metrics'), block };
}
