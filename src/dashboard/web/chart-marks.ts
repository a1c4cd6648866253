import type { Mark } from '../../model/mark.ts';
import { markText } from './chart-words.ts';
import { element } from './elements.ts';

/** The vertical lines in a chart, each with a text that appears under the pointer. */
export type ChartMarks = {
  /** Draws these marks in place of the ones before; `nowS` is the time of the chart's end. */
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
        const line = element('span', { class: 'chart-mark', title: markText(mark, nowS) });
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
