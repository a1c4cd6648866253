import type { Sparkline } from '../../model/metric.ts';

/**
 * Returns the lines that changed most, at most `count`, the most changed first. The measure is the
 * same for all: the distance between the least and the largest value, as a share of the larger of
 * the two without its sign. Of lines that changed alike, the first file's comes first. A line
 * without points is left out.
 */
export function mostChanged(lines: readonly Sparkline[], count: number): readonly Sparkline[] {
  return lines
    .filter(({ points }) => points.length > 0)
    .map((line) => ({ line, change: changeOf(line) }))
    .toSorted((a, b) => b.change - a.change || (a.line.file < b.line.file ? -1 : 1))
    .slice(0, count)
    .map(({ line }) => line);
}

function changeOf({ points }: Sparkline): number {
  const values = points.map(([, value]) => value);
  const [least, largest] = [Math.min(...values), Math.max(...values)];
  const size = Math.max(Math.abs(least), Math.abs(largest));
  return size === 0 ? 0 : (largest - least) / size;
}
