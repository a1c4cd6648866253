import type { Sample } from '../../../src/model/sample.ts';
import { openIn, type TestStore } from '../set-up.ts';
import { aWeek, sample, startS } from './model.ts';

/** Bounds that a test changes while the store runs. */
export type Bounds = { keptForS: number; maxSizeBytes: number; keepsLatest: boolean };

/** Opens a store with a history; none of its sinks takes anything, unless told so. */
export function openHistoryIn(
  dir: string,
  { history = { ...aWeek } as Bounds, startMs = (startS - 30) * 1000, ...others }: Parameters<typeof openIn>[1] = {},
): TestStore {
  return openIn(dir, { sinks: [], startMs, history, ...others });
}

/** Lets what is due be done: till the agent waits for nothing any more, or until so many steps were. */
export function settle({ clock }: TestStore, steps = Number.POSITIVE_INFINITY): void {
  clock.advance(5000);
  for (let step = 1; step < steps && clock.pending() > 0; step += 1) clock.advance(20);
}

/** `count` ticks of so many metrics each, each 30 s after what was before; what was sampled. The value is the number of the sample. */
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

/** How many rows there are of each of the history's tables, and the last block that is in it. */
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
