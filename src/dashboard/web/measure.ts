import { shortDuration } from '../../words/duration.ts';
import type { MetricUnit } from './unit.ts';
import { axisText, readableValue, withUnit } from './words.ts';

/** How the values of a chart are drawn: multiplied `by`, with `text` behind each number. */
export type MeasureScale = { readonly by: number; readonly text: string };

const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const byteNames = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
/** From which size, in seconds, a time is drawn in the unit, the largest first. */
const timeNames = [
  { from: 2 * 86_400, size: 86_400, text: 'd' },
  { from: 2 * 3600, size: 3600, text: 'h' },
  { from: 120, size: 60, text: 'm' },
  { from: 1, size: 1, text: 's' },
  { from: 1e-3, size: 1e-3, text: 'ms' },
  { from: 1e-6, size: 1e-6, text: 'µs' },
  { from: 0, size: 1e-9, text: 'ns' },
] as const;
const longTimes: readonly string[] = ['d', 'h', 'm'];
const longestAxisUnit = 4;

/**
 * A value with its unit, as a person reads it: `1.3 GiB`, `41 ms`, `3m 12s`, `12 %`. Measures have
 * three digits, and all digits of their whole part. A value without a known unit has six.
 */
export function measureText(value: number, unit: MetricUnit): string {
  if (unit.kind === 'plain') return withUnit(readableValue(value), unit.text);
  const seconds = unit.kind === 'seconds' ? Math.abs(value * unit.factor) : 0;
  if (seconds >= 60) return `${value < 0 ? '-' : ''}${shortDuration(seconds)}`;
  const { by, text } = measureScale(unit, Math.abs(value));
  return `${shortNumber(value * by)} ${text}`;
}

/** A value as `measureText` gives it, with three digits whatever its unit is. */
export function roughText(value: number, unit: MetricUnit): string {
  return measureText(value === 0 ? 0 : Number(value.toPrecision(Math.max(3, wholeDigits(value)))), unit);
}

/** Returns the scale on which a chart is drawn whose largest value is `size`, without its sign. */
export function measureScale({ kind, factor, text }: MetricUnit, size: number): MeasureScale {
  const measured = (size === 0 || !Number.isFinite(size) ? 1 : size) * factor;
  switch (kind) {
    case 'bytes': {
      const power = Math.min(byteNames.length - 1, Math.max(0, Math.floor(Math.log2(measured) / 10)));
      return { by: factor / 1024 ** power, text: `${byteNames[power]}${text}` };
    }
    case 'seconds': {
      const found = timeNames.find(({ from }) => measured >= from) ?? timeNames[3];
      return { by: factor / found.size, text: found.text };
    }
    case 'percent':
      return { by: 1, text: '%' };
    case 'plain':
      return { by: 1, text: text.length > longestAxisUnit ? '' : text };
  }
}

/** A number on the axis of a chart, with the unit of its scale: `0.5 GiB`, `5m`. */
export function axisMeasure(drawn: number, { text }: MeasureScale): string {
  const space = text === '' || longTimes.includes(text) ? '' : ' '; // as `shortDuration` writes them
  return `${axisText(drawn)}${space}${text}`;
}

function wholeDigits(value: number): number {
  return Math.min(100, Math.floor(Math.log10(Math.abs(value))) + 1);
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 100 ? whole.format(value) : three.format(value);
}
