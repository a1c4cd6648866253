import type { TakenByHost } from '../model/run.ts';
import type { Sample, SampleSource } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';

const namedMetrics = 5;
const samplesAStep = 1000;

/** The names of the host's metrics, without `hostname` in front. */
export type HostNames = { readonly hostname: string; readonly names: ReadonlySet<string> };

/**
 * The samples of a plugin without those that have the name of a host metric: two sources under one
 * name would give a graph of neither.
 */
export function withoutHostMetrics(samples: SampleSource, host: HostNames): SampleSource {
  return {
    *[Symbol.iterator]() {
      for (const sample of samples) if (sample === null || !isTaken(sample, host)) yield sample;
    },
  };
}

/** What `withoutHostMetrics` leaves out; null: nothing. Throws what reading the samples throws. */
export function* takenByHost(samples: SampleSource, host: HostNames): Walk<TakenByHost | null> {
  const names = new Set<string>();
  let [count, seen] = [0, 0];
  for (const sample of samples) {
    seen += 1;
    if (sample === null || seen % samplesAStep === 0) yield;
    if (sample === null || !isTaken(sample, host)) continue;
    count += 1;
    if (names.size < namedMetrics) names.add(sample.metric);
  }
  return count === 0 ? null : { count, names: [...names] };
}

function isTaken({ metric }: Sample, { hostname, names }: HostNames): boolean {
  return metric.startsWith(hostname) && metric[hostname.length] === '.' && names.has(metric.slice(hostname.length + 1));
}
