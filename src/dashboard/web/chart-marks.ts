import type { Mark } from '../../model/mark.ts';
import { visible } from '../../words/visible.ts';
import { element } from './elements.ts';
import { clockTimeOrDay, readableCount } from './words.ts';

/** How many marks are read out: the newest. */
const mostSpoken = 5;

/** The vertical lines in a chart, each with a text that appears under the pointer. */
export type ChartMarks = {
  /** Draws these marks in place of the ones before. `nowS`: the day of a time is said if it is not today. */
  draw(marks: readonly Mark[], nowS: number): void;
  /** Moves the lines to where the chart has their times. `leftOf` gives pixels. */
  place(leftOf: (atS: number) => number): void;
};

/** Makes the lines in the area of a chart in which the values are drawn. */
export function createChartMarks(area: HTMLElement): ChartMarks {
  let lines: readonly { readonly atS: number; readonly line: HTMLElement }[] = [];
  return {
    draw(marks, nowS) {
      for (const { line } of lines) line.remove();
      lines = marks.map((mark) => {
        const line = element('span', { class: 'mark', title: markText(mark, nowS) });
        line.dataset['kind'] = mark.kind;
        return { atS: mark.atS, line };
      });
      area.append(...lines.map(({ line }) => line));
    },
    place(leftOf) {
      for (const { atS, line } of lines) line.style.left = `${Math.round(leftOf(atS))}px`;
    },
  };
}

/** Marks as they are read out, behind the words of a chart: `; 1 mark: …`. Empty: there are none. */
export function spokenMarks(marks: readonly Mark[], nowS: number): string {
  if (marks.length === 0) return '';
  const newest = marks.slice(-mostSpoken).map((mark) => markText(mark, nowS));
  return `; ${readableCount(marks.length, 'mark')}${marks.length > mostSpoken ? ', the last' : ''}: ${newest.join('; ')}`;
}

function markText({ atS, text }: Mark, nowS: number): string {
  return `${clockTimeOrDay(atS, nowS)} ${visible(text)}`;
}
