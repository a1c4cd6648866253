import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { HistoryPoints } from '../../../src/store/history/query.ts';

/** The time of the tests' first tick, in unix seconds: the beginning of five minutes. */
export const startS = 1_700_000_100;

export const dayS = 86_400;

/** A history that is kept for a week. */
export const aWeek = { keptForS: 7 * dayS, maxSizeBytes: 256 * 1024 * 1024, keepsLatest: false };

const bucketOf = (atS: number) => atS - (atS % 300);

export function sample(metric: string, value: number, atS: number): Sample {
  return { metric: metricName(metric), value, atS: unixSeconds(atS) };
}

/** One metric's samples, each as a point. */
export function asSampled(samples: readonly Sample[], metric: string): readonly (readonly number[])[] {
  return samples
    .flatMap(({ metric: name, value, atS }) => (name === metric ? [[atS, value, value, value]] : []))
    .sort(byTime);
}

/**
 * Says what is wrong with an answer to `from … to, at most most` at `nowS`, after all these
 * samples were committed. Null: nothing. A week is kept. It makes the promises of the history
 * with arrays.
 */
export function faultOf(
  answer: HistoryPoints,
  committed: readonly Sample[],
  asked: {
    readonly metric: string;
    readonly fromS: number;
    readonly toS: number;
    readonly most: number;
    readonly nowS: number;
  },
): string | null {
  const { metric, fromS, toS, most, nowS } = asked;
  const firstS = Math.max(fromS, bucketOf(nowS - aWeek.keptForS));
  const wide = committed.filter(
    ({ metric: name, atS }) => name === metric && bucketOf(atS) >= bucketOf(firstS) && bucketOf(atS) <= toS,
  );
  const isYoung = wide.every(({ atS }) => atS >= bucketOf(nowS - dayS));
  const narrow = wide.filter(({ atS }) => atS >= firstS && atS <= toS);
  if (answer.points.length > Math.max(2, most)) return `${answer.points.length} points, ${most} may be`;
  if (isYoung && narrow.length <= most) {
    const expected = JSON.stringify(asSampled(narrow, metric));
    return answer.stepS === 0 && JSON.stringify(answer.points) === expected
      ? null
      : `not as sampled: ${JSON.stringify(answer)}, not ${expected}`;
  }
  if (answer.stepS < 1 || (!isYoung && answer.stepS % 300 !== 0)) return `a step of ${answer.stepS} s`;
  const expected = steps(isYoung ? narrow : wide, answer.stepS, isYoung ? 1 : 300);
  const isSame =
    answer.points.length === expected.length &&
    answer.points.every((point, index) => isAlike(point, expected[index] ?? []));
  return isSame ? null : `in steps: ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`;
}

function steps(samples: readonly Sample[], stepS: number, unitS: number): number[][] {
  const byStep = new Map<number, number[]>();
  for (const { value, atS } of samples) {
    const at = atS - (atS % unitS);
    byStep.set(at - (at % stepS), [...(byStep.get(at - (at % stepS)) ?? []), value]);
  }
  const points = [...byStep].map(([at, values]) => {
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    return [at, mean, Math.min(...values), Math.max(...values)];
  });
  return points.sort(byTime);
}

/** Compares means to nine digits of the largest value, all else exactly. */
function isAlike(
  [at, mean = 0, min = 0, max = 0]: readonly number[],
  [atS, meanS = 0, minS, maxS]: readonly number[],
): boolean {
  return (
    at === atS &&
    min === minS &&
    max === maxS &&
    Math.abs(mean - meanS) <= 1e-9 * Math.max(Math.abs(min), Math.abs(max))
  );
}

function byTime(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0);
}
