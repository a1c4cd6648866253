import { createLive } from '../../src/dashboard/live.ts';
import type { ViewRequests } from '../../src/dashboard/routes.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { nowOf } from '../helpers/status-now.ts';
import { walkOf } from '../helpers/walk-of.ts';
import { sampleStatus } from '../view/sample.ts';

/** A view of an agent in which only the given requests matter. */
export function asking(change: Partial<ViewRequests> = {}): ViewRequests {
  const status = change.status ?? (() => nowOf(sampleStatus()));
  return {
    status,
    plugin: (name) => {
      const sentence = `there is no script ${name}`;
      return { plugins: [], missing: sentence, advice: { kind: 'no-such-script', sentence, commands: [] } };
    },
    metrics: () => walkOf([]),
    history: () => null,
    sparklines: () => null,
    page: () => null,
    servesMetrics: () => false,
    live: createLive(fakeClock(), status),
    ...change,
  };
}
