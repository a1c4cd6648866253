import type { Mark } from '../../model/mark.ts';
import { visible } from '../../words/visible.ts';
import { measureText, roughText } from './measure.ts';
import type { SeriesSummary } from './series.ts';
import type { MetricUnit } from './unit.ts';
import { readableCount } from './words.ts';

/** How times are written: `14:03:05`. */
export type TimeText = (atS: number) => string;

/** The values that are drawn: `1 to 9.5 MiB`. Null: none are. `words`: `in the last hour`. */
export function rangeWords(summary: SeriesSummary | null, unit: MetricUnit, words: string): string {
  if (!summary) return `no samples ${words}`;
  return `${roughText(summary.min, unit)} to ${roughText(summary.max, unit)}`;
}

/** A line as it is read out to those who do not see it. Null: nothing is drawn. */
export function spokenLine(summary: SeriesSummary | null, unit: MetricUnit, words: string, timeText: TimeText): string {
  const range = rangeWords(summary, unit, words);
  if (!summary) return range;
  const last = `the last is ${measureText(summary.lastValue, unit)} at ${timeText(summary.lastAtS)}`;
  return `${readableCount(summary.count, 'point')} ${words}, from ${range}; ${last}`;
}

/** How many marks are read out: the newest. */
const mostSpoken = 5;

/** Marks as they are read out behind the words of a chart: `; 1 mark: …`. Empty: none. */
export function spokenMarks(marks: readonly Mark[], timeText: TimeText): string {
  if (marks.length === 0) return '';
  const newest = marks.slice(-mostSpoken).map((mark) => markText(mark, timeText));
  const last = marks.length > mostSpoken ? ', the last' : '';
  return `; ${readableCount(marks.length, 'mark')}${last}: ${newest.join('; ')}`;
}

/** When something happened and what it was, as one line of visible characters. */
export function markText({ atS, text }: Mark, timeText: TimeText): string {
  return `${timeText(atS)} ${visible(text)}`;
}
