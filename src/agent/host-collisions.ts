import type { TakenByHost } from '../model/run.ts';
import type { Sample } from '../model/sample.ts';

const namedMetrics = 5;

/** The names of the host's metrics, without `hostname` in front. */
export type HostNames = { readonly hostname: string; readonly names: ReadonlySet<string> };

/**
 * The samples of a plugin without those that have the name of a host metric: two sources under one
 * name would give a graph of neither.
 */
export function withoutHostMetrics(samples: Iterable<Sample>, host: HostNames): Iterable<Sample> {
  return {
    *[Symbol.iterator]() {
      for (const sample of samples) if (!isTaken(sample, host)) yield sample;
    },
  };
}

/** What `withoutHostMetrics` leaves out; null: nothing. Throws what reading the samples throws. */
export function takenByHost(samples: Iterable<Sample>, host: HostNames): TakenByHost | null {
  const names = new Set<string>();
  let count = 0;
  for (const sample of samples) {
    if (!isTaken(sample, host)) continue;
    count += 1;
    if (names.size < namedMetrics) names.add(sample.metric);
  }
  return count === 0 ? null : { count, names: [...names] };
}

function isTaken({ metric }: Sample, { hostname, names }: HostNames): boolean {
  return names.has(metric.slice(hostname.length + 1));
}
