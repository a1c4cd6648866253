import type { Mark } from '../../model/mark.ts';
import { visible } from '../../words/visible.ts';
import type { SeriesSummary } from './series.ts';
import { clockTimeOrDay, readableCount, readableValue } from './words.ts';

/**
 * A chart in words: `caption` stands below it, `spoken` is read out to those who do not see it.
 */
export type ChartWords = { readonly caption: string; readonly spoken: string };

/** Describes what is drawn over the last `span` (`hour`). Null: nothing is. */
export function chartWords(summary: SeriesSummary | null, span: string, nowS: number): ChartWords {
  if (!summary) {
    const none = `no samples in the last ${span}`;
    return { caption: none, spoken: none };
  }
  const { count, min, max, lastAtS, lastValue } = summary;
  const range = `${readableValue(min)} to ${readableValue(max)}`;
  const lastAt = clockTimeOrDay(lastAtS, nowS);
  const points = `${readableCount(count, 'point')} in the last ${span}`;
  return {
    caption: `${range}, last at ${lastAt}`,
    spoken: `${points}, from ${range}; the last is ${readableValue(lastValue)} at ${lastAt}`,
  };
}

/** How many marks are read out: the newest. */
const mostSpoken = 5;

/** Marks as they are read out behind the words of a chart: `; 1 mark: …`. Empty: none. */
export function spokenMarks(marks: readonly Mark[], nowS: number): string {
  if (marks.length === 0) return '';
  const newest = marks.slice(-mostSpoken).map((mark) => markText(mark, nowS));
  const last = marks.length > mostSpoken ? ', the last' : '';
  return `; ${readableCount(marks.length, 'mark')}${last}: ${newest.join('; ')}`;
}

/** When something happened and what it was, as one line of visible characters. */
export function markText({ atS, text }: Mark, nowS: number): string {
  return `${clockTimeOrDay(atS, nowS)} ${visible(text)}`;
}
