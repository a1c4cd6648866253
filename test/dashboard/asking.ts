import { createLive } from '../../src/dashboard/live.ts';
import type { ViewRequests } from '../../src/dashboard/routes.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { sampleStatus } from '../view/sample.ts';

/** An agent of which only these questions matter. */
export function asking(change: Partial<ViewRequests> = {}): ViewRequests {
  const status = change.status ?? (() => sampleStatus());
  return {
    status,
    plugin: (name) => ({ plugins: [], missing: `there is no script ${name}` }),
    metrics: () => [],
    history: () => null,
    page: () => null,
    servesMetrics: () => false,
    live: createLive(fakeClock(), status),
    ...change,
  };
}
