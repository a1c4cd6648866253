import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';

/** What a server has of one metric: unix seconds and value, in order of time. */
export type Readings = readonly (readonly [number, number])[];

/**
 * Values that a server, or a format on the way, might bend: what a plugin prints, and what must be
 * read back.
 */
export const oddValues: readonly (readonly [string, number])[] = [
  ['1', 1],
  ['1e-9', 1e-9],
  ['-3.5', -3.5],
  ['12345678901234', 12345678901234],
  ['0', 0],
  ['0.1', 0.1],
  ['9007199254740993', 9007199254740992],
  ['6.02214076e23', 6.02214076e23],
  ['-1e300', -1e300],
];

/**
 * A backlog: `seconds` readings of each of `metrics` metrics, the last of them a minute before
 * `nowS`, oldest first.
 */
export function backlog(host: string, metrics: number, seconds: number, nowS: number): readonly Sample[] {
  const firstS = nowS - 60 - seconds;
  return Array.from({ length: metrics * seconds }, (_, index) => ({
    metric: metricName(`${host}.backlog.m${index % metrics}`),
    value: index + 0.25,
    atS: unixSeconds(firstS + Math.floor(index / metrics)),
  }));
}

/** What a server must have of one metric after it was sent these samples. */
export function readingsOf(samples: readonly Sample[], metric: string): Readings {
  return samples.filter((sample) => sample.metric === metric).map(({ atS, value }) => [atS, value]);
}
