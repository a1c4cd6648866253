import type { MetricUnit } from './unit.ts';

/**
 * The part of the values that a chart shows at least. `isWhole`: exactly this part; else some room
 * is left above and below it.
 */
export type ValueRange = { readonly low: number; readonly high: number; readonly isWhole: boolean };

/** Of the size of its values: a line that varies by less does not fill the chart. */
const leastShare = 0.1;

/**
 * Returns which part of its values a chart shows, given the least and the largest of them (null:
 * there are none). Percentages are shown from 0 to 100, if none is outside. A constant value is in
 * the middle.
 */
export function valueRange(min: number | null, max: number | null, { kind }: MetricUnit): ValueRange {
  const hasValues = min !== null && max !== null && Number.isFinite(min) && Number.isFinite(max);
  if (kind === 'percent') {
    const [low, high] = hasValues ? [Math.min(0, min), Math.max(100, max)] : [0, 100];
    return { low, high, isWhole: low === 0 && high === 100 };
  }
  if (!hasValues || (min === 0 && max === 0)) return { low: 0, high: 1, isWhole: true };
  const size = Math.max(Math.abs(min), Math.abs(max));
  const least = size * (min === max ? 1 : leastShare);
  if (max - min >= least) return { low: min, high: max, isWhole: false };
  const middle = min + (max - min) / 2;
  return { low: middle - least / 2, high: middle + least / 2, isWhole: true };
}
