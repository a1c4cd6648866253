import uPlot from 'uplot';
import type { ChartDrawing } from './chart-data.ts';
import { axisMeasure, type MeasureScale } from './measure.ts';
import type { MetricUnit } from './unit.ts';
import { valueRange } from './value-range.ts';
import { dayText, minuteText } from './words.ts';

/** A point farther from the pointer, in pixels, is not read out. */
const nearPx = 20;
const leastAxisPx = 50;
const usualFontPx = 13; // sizes here are in pixels at this size of the text

/** The least width, in pixels, of what the reader selects. */
export const leastDragPx = 6;

/** Returns the size of the text in a container, in pixels. */
export function fontPx(container: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(container).fontSize) || usualFontPx;
}

/**
 * Returns how uPlot draws in a container: axes, lines, and the pointer that all charts share.
 * `made` is what the chart is made for, `now` returns what it draws.
 */
export function plotOptions(
  container: HTMLElement,
  made: ChartDrawing,
  now: () => ChartDrawing,
): Omit<uPlot.Options, 'width' | 'height'> {
  const hasTwoAxes = made.second !== null && !made.isOneAxis;
  return {
    padding: [8, hasTwoAxes ? 0 : 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: leastDragPx },
      points: { size: 7 },
      hover: { prox: nearPx, skip: [null] },
      sync: { key: 'time', setSeries: false, scales: ['x', null], filters: { pub: (type) => type === 'mousemove' } },
      bind: { dblclick: () => () => null }, // uPlot would show all that it has
    },
    scales: {
      x: { time: true, range: () => [now().fromS, now().toS] },
      y: { range: (_, min, max) => heightRange(min, max, now().first.unit) },
      second: { range: (_, min, max) => heightRange(min, max, (now().second ?? now().first).unit) },
    },
    axes: axesOf(container, hasTwoAxes, now),
    series: seriesOfPlot(container, made),
    bands: [{ series: [3, 2], fill: cssColour(container, '--band') }],
  };
}

function axesOf(container: HTMLElement, hasTwoAxes: boolean, now: () => ChartDrawing): uPlot.Axis[] {
  const font = fontPx(container);
  const scaled = (px: number) => Math.round((px * font) / usualFontPx);
  const axis: uPlot.Axis = {
    stroke: cssColour(container, '--muted'),
    font: `${scaled(11)}px system-ui, sans-serif`,
    grid: { stroke: cssColour(container, '--line'), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  const valueAxis = (scale: () => MeasureScale): uPlot.Axis => ({
    ...axis,
    size: (_plot, values) => scaled(Math.max(...(values ?? []).map((text) => 7 * text.length + 4), leastAxisPx)),
    space: scaled(24),
    values: (_plot, splits) => splits.map((value) => axisMeasure(value, scale())),
  });
  const times: uPlot.Axis = {
    ...axis,
    size: scaled(22),
    gap: 6,
    values: (_plot, splits, _axis, _space, stepS) => splits.map((atS) => timeText(atS, stepS, now())),
  };
  const second = valueAxis(() => (now().second ?? now().first).scale);
  return [
    times,
    valueAxis(() => now().first.scale),
    { ...second, scale: 'second', side: 1, grid: { show: false }, show: hasTwoAxes },
  ];
}

function seriesOfPlot(container: HTMLElement, { isOneAxis }: ChartDrawing): uPlot.Series[] {
  const line: uPlot.Series = {
    stroke: cssColour(container, '--accent'),
    width: 1.5,
    points: { show: false },
    spanGaps: false,
  };
  const edge: uPlot.Series = { points: { show: false }, width: 0, spanGaps: false };
  const scale = isOneAxis ? 'y' : 'second';
  return [
    {},
    { ...line, fill: cssColour(container, '--area') },
    edge,
    edge,
    { ...line, stroke: cssColour(container, '--second'), dash: [5, 3], scale },
  ];
}

/** A colour of the style sheet, as it is when it is needed. */
function cssColour(container: HTMLElement, name: string): () => string {
  return () => getComputedStyle(container).getPropertyValue(name).trim();
}

function timeText(atS: number, stepS: number, { fromS, toS }: ChartDrawing): string {
  const isMidnight = new Date(atS * 1000).getHours() === 0;
  if (stepS >= 86_400 || (toS - fromS > 86_400 && isMidnight)) return dayText(atS);
  return minuteText(atS, stepS < 60);
}

/** Returns the lower and the upper end of an axis, for the values that are drawn on it. */
function heightRange(min: number | null, max: number | null, unit: MetricUnit): [number, number] {
  const { low, high, isWhole } = valueRange(min, max, unit);
  if (isWhole) return [low, high];
  const [from, to] = uPlot.rangeNum(low, high, 0.1, true);
  return [from ?? low, to ?? high];
}
