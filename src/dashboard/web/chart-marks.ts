import type { Mark } from '../../model/mark.ts';
import { element } from './elements.ts';

/** The vertical lines in a chart, each with a text that appears under the pointer. */
export type ChartMarks = {
  /** Draws these marks in place of the ones before. */
  draw(marks: readonly Mark[]): void;
  /** Moves the lines to where the chart has their times. `leftOf` gives pixels. */
  place(leftOf: (atS: number) => number): void;
};

/** Makes the lines in the area of a chart in which the values are drawn. */
export function createChartMarks(area: HTMLElement, textOf: (mark: Mark) => string): ChartMarks {
  let lines: readonly { readonly atS: number; readonly line: HTMLElement }[] = [];
  return {
    draw(marks) {
      for (const { line } of lines) line.remove();
      lines = marks.map((mark) => {
        const line = element('span', { class: 'chart-mark', title: textOf(mark) });
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
