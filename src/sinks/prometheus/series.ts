import type { Sample } from '../../model/sample.ts';
import type { Label, SeriesKind } from '../../model/series.ts';
import type { Walk } from '../../model/walk.ts';
import { prometheusLabels, prometheusName } from '../../words/prometheus-names.ts';

/**
 * One series of a request. Its labels are sorted by name; `__name__` is one of them, and none is
 * empty. Its samples are in the order of their times. Kind and unit are those of its first sample.
 */
export type RemoteSeries = {
  readonly labels: readonly Label[];
  readonly kind: SeriesKind;
  readonly unit: string;
  readonly samples: readonly Sample[];
};

type GatheredSeries = RemoteSeries & { readonly samples: Sample[] };

const samplesAStep = 250;

/**
 * Returns the series of a batch in the order in which they first appear: no two with the same
 * labels. A server that gets the samples of one series in another order keeps only some of them.
 */
export function* remoteSeriesWalk(samples: readonly Sample[], hostname: string): Walk<readonly RemoteSeries[]> {
  const byName = new Map<string, GatheredSeries>(); // for samples without labels, by their dotted names
  const byLabels = new Map<string, GatheredSeries>();
  const unordered = new Set<GatheredSeries>();
  for (const [index, sample] of samples.entries()) {
    if (index % samplesAStep === samplesAStep - 1) yield;
    const isNamed = sample.series?.family == null;
    const known = isNamed ? byName.get(sample.metric) : undefined;
    const series = known ?? gatheredSeries(sample, hostname, byLabels);
    if (isNamed && known === undefined) byName.set(sample.metric, series);
    if (sample.atS < (series.samples.at(-1)?.atS ?? 0)) unordered.add(series);
    series.samples.push(sample);
  }
  for (const { samples: ofOne } of unordered) ofOne.sort((a, b) => a.atS - b.atS);
  return [...byLabels.values()];
}

function gatheredSeries(sample: Sample, hostname: string, byLabels: Map<string, GatheredSeries>): GatheredSeries {
  const labels = [['__name__', prometheusName(sample, hostname)] as const, ...prometheusLabels(sample, hostname)]
    .filter(([, value]) => value !== '') // an empty label is none
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const key = labels.map(([name, value]) => `${name}=${value.length}:${value}`).join();
  let series = byLabels.get(key);
  if (series === undefined) {
    series = { labels, kind: sample.series?.kind ?? 'gauge', unit: sample.series?.unit ?? '', samples: [] };
    byLabels.set(key, series);
  }
  return series;
}
