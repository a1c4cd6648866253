import type { StandInMode } from '../../src/collector/stand-in-collector.ts';

/**
 * What goes wrong with the collector, until the agent has been given back `returns` batches.
 * `away`: no process listens; `isAbrupt`: connections that were open are reset, else closed as the
 * kernel sees fit.
 */
export type Fault = { readonly returns: number } & (
  | { readonly kind: 'away'; readonly isAbrupt: boolean }
  | { readonly kind: 'resets'; readonly afterLines: number }
  | { readonly kind: 'stalls'; readonly step: NonNullable<StandInMode['stall']> }
  | { readonly kind: 'refuses' }
);

/**
 * A `kill -9`: at the first such moment in a delivery from `atMs` on; the agent is started again
 * `downMs` later.
 */
export type Kill = {
  readonly atMs: number;
  readonly moment: 'any' | 'line' | 'half-close' | 'close';
  readonly downMs: number;
};

/**
 * What goes wrong in a run of `durationMs`. `faults` has no end: the run that follows it stops
 * when the time is over.
 */
export type FaultPlan = {
  readonly faults: Iterator<{ readonly pauseMs: number; readonly fault: Fault }, never>;
  readonly kills: readonly Kill[];
};

/**
 * How many kinds of faults there are: that number of faults in a row hold each of them once.
 */
export const kindsOfFaults = 7;

/** A kill for so long a time. */
const killEveryMs = 5000;

/**
 * The same plan for the same seed. `linesPerRun`: no reset comes later than that in a connection,
 * so that every one meets a batch.
 */
export function planFaults(seed: number, durationMs: number, linesPerRun: number): FaultPlan {
  const random = randomNumbers(seed);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const moments = ['any', 'line', 'half-close', 'close'] as const;
  const kills = Array.from({ length: Math.floor(durationMs / killEveryMs) }, (_, index) => ({
    atMs: index * killEveryMs + between(1000, killEveryMs - 1000),
    moment: moments[(index + seed) % moments.length] ?? 'any',
    downMs: between(0, 300),
  }));
  function* faults(): Generator<{ pauseMs: number; fault: Fault }, never> {
    for (;;) {
      const deck: Fault[] = [
        { kind: 'away', isAbrupt: random() < 0.5, returns: between(1, 8) },
        { kind: 'resets', afterLines: between(1, linesPerRun), returns: between(1, 3) },
        { kind: 'refuses', returns: between(1, 3) },
        ...(['hello', 'authenticate'] as const).map((step) => ({ kind: 'stalls' as const, step, returns: 1 })),
        ...(['data', 'close'] as const).map((step) => ({ kind: 'stalls' as const, step, returns: between(1, 2) })),
      ];
      while (deck.length > 0) {
        const [fault] = deck.splice(between(0, deck.length - 1), 1);
        if (fault) yield { pauseMs: random() < 0.4 ? 0 : between(0, 900), fault };
      }
    }
  }
  return { faults: faults(), kills };
}

/** Numbers in [0, 1), the same for the same seed (Mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
