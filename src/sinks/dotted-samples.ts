import type { Sample } from '../model/sample.ts';

/** Returns the samples that a server without labels gets: all but those of the kind `info`. */
export function dottedSamples(samples: readonly Sample[]): readonly Sample[] {
  return samples.some(isInfo) ? samples.filter((sample) => !isInfo(sample)) : samples;
}

function isInfo({ series }: Sample): boolean {
  return series !== undefined && series.kind === 'info';
}
