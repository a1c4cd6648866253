import type { LastRunStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `1 sample`, `1,204 samples`. */
export function counted(number: number, noun: string): string {
  return `${whole.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** A value for a person: six digits that count, and never less than its whole part. */
export function readableValue(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(3).replace(/\.?0+e\+?/, 'e');
  return size >= 1e5 ? whole.format(value) : exact.format(value);
}

/** A value beside an axis: `1.5M`. */
export function axisText(value: number): string {
  return Math.abs(value) >= 10_000 ? compact.format(value) : exact.format(value);
}

/** `34 ms`, `2.4 s`, `1m 5s`. */
export function durationText(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  return durationMs < 10_000 ? `${(durationMs / 1000).toFixed(1)} s` : shortDuration(durationMs / 1000);
}

/** How a run ended, in two or three words. */
export function endingText({ ending, status, signal }: LastRunStatus): string {
  if (ending === 'not-started') return 'did not start';
  if (ending === 'unknown') return 'ending unknown';
  return signal ?? `exit ${status}`;
}

/** What a run gave: `5 samples, 1 bad line`; how it ended, where that is the news. */
export function resultText(run: LastRunStatus): string {
  if (run.samples === null || run.ending === null || run.ending !== 'exited' || run.status !== 0)
    return endingText(run);
  return run.badLines
    ? `${counted(run.samples, 'sample')}, ${counted(run.badLines, 'bad line')}`
    : counted(run.samples, 'sample');
}

/** The time of day on the reader's clock, with the date where that is not today's. */
export function clockText(atS: number, nowS: number): string {
  const at = new Date(atS * 1000);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return at.toDateString() === new Date(nowS * 1000).toDateString() ? time : `${dayText(atS)} ${time}`;
}

/** `22 Nov`. */
export function dayText(atS: number): string {
  const at = new Date(atS * 1000);
  return `${at.getDate()} ${at.toLocaleString('en', { month: 'short' })}`;
}

/** `14:05`, or `14:05:30` where seconds count. */
export function minuteText(atS: number, withSeconds: boolean): string {
  const at = new Date(atS * 1000);
  return `${two(at.getHours())}:${two(at.getMinutes())}${withSeconds ? `:${two(at.getSeconds())}` : ''}`;
}

/** `12s ago`. */
export function agoText(atS: number, nowS: number): string {
  return `${shortDuration(nowS - atS)} ago`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}
