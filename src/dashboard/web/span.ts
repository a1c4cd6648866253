import type { ShownTime } from './series.ts';

/**
 * How far back charts look. `key` stands in the page's address. `words` stand behind "the last". A
 * chart younger than `freshForS` is not fetched again. `isFitted`: a chart begins with its first
 * sample, if that is younger.
 */
export type ChartSpan = ShownTime & {
  readonly key: string;
  readonly name: string;
  readonly words: string;
  readonly freshForS: number;
};

const [minuteS, hourS, dayS] = [60, 3600, 86_400];

/** What charts show at first: as long as there is, up to an hour. */
export const soFar: ChartSpan = {
  key: 'sofar',
  name: 'so far',
  words: 'hour',
  seconds: hourS,
  freshForS: 0,
  isFitted: true,
};

/** All spans, in the order of their buttons. */
export const chartSpans: readonly ChartSpan[] = [
  soFar,
  { key: '5m', name: '5 min', words: '5 minutes', seconds: 5 * minuteS, freshForS: 0, isFitted: false },
  { key: '15m', name: '15 min', words: '15 minutes', seconds: 15 * minuteS, freshForS: 0, isFitted: false },
  { key: '1h', name: 'hour', words: 'hour', seconds: hourS, freshForS: 0, isFitted: false },
  { key: '1d', name: 'day', words: 'day', seconds: dayS, freshForS: 60, isFitted: false },
  { key: '7d', name: 'week', words: 'week', seconds: 7 * dayS, freshForS: 300, isFitted: false },
];
