import type { Sparkline } from '../../model/metric.ts';
import type { PluginStatus } from '../../model/status.ts';
import { visible } from '../../words/visible.ts';
import { measureText, roughText } from './measure.ts';
import { metricUnit } from './unit.ts';

const [widthPx, heightPx] = [72, 18];
const edgePx = 1.5; // room for the line's own width

/** The attributes of the SVG element that the path fits in. */
export const sparklineBox = {
  viewBox: `0 0 ${widthPx} ${heightPx}`,
  width: String(widthPx),
  height: String(heightPx),
} as const;

/** `used_memory_mb: 813 MiB`: the metric behind the plugin's name, and its last value. */
export function sparklineWords({ metric, unit = '', points }: Sparkline, plugin: string): string {
  const name = nameBehind(plugin, metric);
  const last = points.at(-1);
  return visible(`${name}: ${last ? measureText(last[1], metricUnit(name, unit)) : 'no samples yet'}`);
}

/** `813 MiB`: the last value, in three digits. Empty: there is none. */
export function sparklineValue({ metric, unit = '', points }: Sparkline, plugin: string): string {
  const last = points.at(-1);
  return last ? visible(roughText(last[1], metricUnit(nameBehind(plugin, metric), unit))) : '';
}

function nameBehind(plugin: string, metric: string): string {
  const prefix = `.${plugin}.`;
  const at = metric.indexOf(prefix);
  return at < 0 ? metric : metric.slice(at + prefix.length);
}

/**
 * What is said of a plugin without a line. One that reports may have none: its metrics have other
 * names than its own, or no samples are kept of them.
 */
export function withoutLineWords({ lastReportAtS }: Pick<PluginStatus, 'lastReportAtS'>): string {
  return lastReportAtS === null ? 'no samples yet' : 'no line';
}

/**
 * Returns the outline of an SVG path through the points: from the first time to the last, from the
 * smallest value to the largest. Equal values are drawn in the middle. Empty: there is no point.
 */
export function sparklinePath(points: Sparkline['points']): string {
  const [times, values] = [points.map(([atS]) => atS), points.map(([, value]) => value)];
  const onX = scale(times, edgePx, widthPx - edgePx);
  const onY = scale(values, heightPx - edgePx, edgePx);
  const corners = points.map(([atS, value]) => `${onX(atS)} ${onY(value)}`);
  return corners.length === 1 ? `M${corners[0]}h0` : corners.length === 0 ? '' : `M${corners.join('L')}`;
}

/** Returns the function from a value to its place between `from` and `to`, to a tenth. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return (value) => {
    const share = max > min ? (value / 2 - min / 2) / (max / 2 - min / 2) : 0.5; // halves: no overflow
    return Math.round((from + share * (to - from)) * 10) / 10;
  };
}
