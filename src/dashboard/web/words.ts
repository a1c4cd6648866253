import type { LastRunStatus } from '../../model/run-status.ts';
import { clockTime } from '../../words/clock-time.ts';
import { counted, readableNumber } from '../../words/counted.ts';
import { shortDuration } from '../../words/duration.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** A number with its noun and with separators between thousands: `1 sample`, `1,204 samples`. */
export function readableCount(number: number, noun: string): string {
  return counted(number, noun).replace(String(number), readableNumber(number));
}

/** A value with six significant digits. All digits of its whole part are kept. */
export function readableValue(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(3).replace(/\.?0+e\+?/, 'e');
  return size >= 1e5 ? whole.format(value) : exact.format(value);
}

/** A value's text with its unit behind it, if it has one: `12.5 %`. A long unit is cut. */
export function withUnit(text: string, unit: string): string {
  if (unit === '') return text;
  return `${text} ${unit.length > 20 ? `${unit.slice(0, 19)}…` : unit}`;
}

/** A value for the scale of a chart: `1.5M`. */
export function axisText(value: number): string {
  return Math.abs(value) >= 10_000 ? compact.format(value) : exact.format(value);
}

/** A duration: `34 ms`, `2.4 s`, `1m 5s`. */
export function durationText(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  return durationMs < 10_000 ? `${(durationMs / 1000).toFixed(1)} s` : shortDuration(durationMs / 1000);
}

/** How a run ended, in two or three words: `exit 3`, `SIGKILL`. */
export function endingText({ ending, status, signal, checkState }: LastRunStatus): string {
  if (ending === 'not-started') return 'did not start';
  if (ending === 'unknown') return 'ending unknown';
  const how = signal ?? `exit ${status}`;
  return checkState === undefined || checkState === 'OK' ? how : `${how}, ${checkState}`;
}

/** The result of a run: `5 samples, 1 bad line`. How it ended, if it did not exit with 0. */
export function resultText(run: LastRunStatus): string {
  const isGood = run.ending === 'exited' && (run.status === 0 || run.checkState !== undefined);
  if (run.samples === null || !isGood) return endingText(run);
  return [
    ...(run.checkState === undefined || run.checkState === 'OK' ? [] : [run.checkState]),
    readableCount(run.samples, 'sample'),
    ...(run.badLines ? [readableCount(run.badLines, 'bad line')] : []),
  ].join(', ');
}

/** The time of day in the browser's time zone, with the day before it if that is not today. */
export function clockTimeOrDay(atS: number, nowS: number): string {
  const time = clockTime(atS * 1000);
  const isToday = new Date(atS * 1000).toDateString() === new Date(nowS * 1000).toDateString();
  return isToday ? time : `${dayText(atS)} ${time}`;
}

/**
 * A time with all that it needs anywhere else, in the browser's time zone, and how far that is from
 * UTC: `2026-11-22 14:03:05 +01:00`.
 */
export function fullTime(atS: number): string {
  const at = new Date(atS * 1000);
  const two = (part: number) => String(part).padStart(2, '0');
  const aheadMin = -at.getTimezoneOffset();
  const ahead = `${two(Math.floor(Math.abs(aheadMin) / 60))}:${two(Math.abs(aheadMin) % 60)}`;
  const date = [String(at.getFullYear()), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${date} ${clockTime(atS * 1000)} ${aheadMin < 0 ? '-' : '+'}${ahead}`;
}

/** `22 Nov`. */
export function dayText(atS: number): string {
  const at = new Date(atS * 1000);
  return `${at.getDate()} ${at.toLocaleString('en', { month: 'short' })}`;
}

/** `14:05`, or with seconds `14:05:30`. */
export function minuteText(atS: number, withSeconds: boolean): string {
  return clockTime(atS * 1000).slice(0, withSeconds ? 8 : 5);
}

/** `12s ago`. */
export function agoText(atS: number, nowS: number): string {
  return `${shortDuration(nowS - atS)} ago`;
}
