import './language.ts';
import uPlot from 'uplot';
import { type ChartDrawing, type ChartPoint, type ChartTable, tableOf } from './chart-data.ts';
import { createChartMarks } from './chart-marks.ts';
import { fontPx, leastDragPx, plotOptions } from './chart-options.ts';

/** The chart of one metric, or of two. */
export type Chart = {
  draw(drawing: ChartDrawing): void;
  close(): void;
};

/** What a chart calls. Times in unix seconds. */
export type ChartCalls = {
  /** What is under the pointer, in this chart or in another; null: nothing is. */
  onPoint(point: ChartPoint | null): void;
  onZoom(fromS: number, toS: number): void;
  onBack(): void;
  markText: Parameters<typeof createChartMarks>[1];
};

/**
 * Makes a chart in a container and follows its size. The pointer's time is shown in all charts of
 * the page. Takes its colours and the size of its text from the style sheet.
 */
export function createChart(container: HTMLElement, calls: ChartCalls): Chart {
  let made: { readonly plot: uPlot; readonly shape: string; place(drawing: ChartDrawing): void } | null = null;
  let drawn: ChartDrawing | null = null;
  const looks = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
  const repaint = () => made?.plot.redraw(false);
  for (const look of looks) look.addEventListener('change', repaint);
  const resized = new ResizeObserver(() => {
    if (!made || !drawn || container.clientWidth === 0) return;
    if (shapeOf(drawn) !== made.shape) return draw(drawn); // the text has another size
    const { width, height } = sizeOf(container);
    if (width !== made.plot.width || height !== made.plot.height) made.plot.setSize({ width, height });
  });
  resized.observe(container);

  const shapeOf = ({ second, isOneAxis }: ChartDrawing) => `${fontPx(container)} ${second !== null} ${isOneAxis}`;

  function draw(drawing: ChartDrawing): void {
    drawn = drawing;
    const shape = shapeOf(drawing);
    if (made?.shape !== shape) {
      made?.plot.destroy();
      const plot = new uPlot(options(drawing), [[], [], [], [], []], container);
      plot.over.addEventListener('dblclick', calls.onBack);
      const marks = createChartMarks(plot.over, calls.markText);
      plot.hooks['draw'] = [() => marks.place((atS) => plot.valToPos(atS, 'x'))];
      made = { plot, shape, place: (next) => marks.draw(next.marks) };
    }
    made.place(drawing);
    const { first, second, hasBand } = drawing;
    const empty: ChartTable = [[], []];
    const [times, means, minima, maxima, others] = uPlot.join(
      [tableOf(first, hasBand), second ? (tableOf(second, false).slice(0, 2) as ChartTable) : empty],
      [
        [0, 2, 1, 1],
        [0, 2],
      ],
    );
    made.plot.setData([times ?? [], means ?? [], minima ?? [], maxima ?? [], others ?? []] as uPlot.AlignedData);
  }

  function options(drawing: ChartDrawing): uPlot.Options {
    const now = () => drawn ?? drawing;
    return {
      ...sizeOf(container),
      ...plotOptions(container, drawing, now),
      hooks: { setCursor: [(plot) => calls.onPoint(pointOf(plot, now()))], setSelect: [zoomToSelection] },
    };
  }

  function zoomToSelection(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < leastDragPx) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    calls.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  }

  return {
    draw,
    close() {
      for (const look of looks) look.removeEventListener('change', repaint);
      resized.disconnect();
      made?.plot.destroy();
    },
  };
}

function pointOf(plot: uPlot, { first, second, fromS, toS }: ChartDrawing): ChartPoint | null {
  const { left = -1, idx, idxs = [] } = plot.cursor;
  if (left < 0) return null;
  const atS = plot.posToVal(left, 'x');
  if (atS < fromS || atS > toS || idx == null) return null;
  const valueAt = (column: number, by: number) => {
    const value = plot.data[column]?.[idxs[column] ?? -1];
    return value == null ? null : value / by;
  };
  const near = idxs[1] ?? idxs[4];
  return {
    atS: (near == null ? null : plot.data[0][near]) ?? atS,
    values: [valueAt(1, first.scale.by), second ? valueAt(4, second.scale.by) : null],
  };
}

function sizeOf(container: HTMLElement): { readonly width: number; readonly height: number } {
  return { width: Math.max(120, Math.floor(container.clientWidth)), height: Math.floor(container.clientHeight) };
}
