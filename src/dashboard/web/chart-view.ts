import { rememberedValue, rememberValue } from './remembered.ts';
import type { ShownTime } from './series.ts';
import { type ChartSpan, chartSpans, soFar } from './span.ts';
import { clockTimeOrDay, fullTime } from './words.ts';
import { afterStep, type TimeWindow, type ZoomStep } from './zoom.ts';

/**
 * The time that a chart is to show now. `words` say it: `in the last hour`. A chart of the same
 * `key` that is younger than `freshForS` is not fetched again.
 */
export type WantedTime = ShownTime & {
  readonly key: string;
  readonly toS: number;
  readonly words: string;
  readonly freshForS: number;
};

/** Which part of time all charts of the page show, and how they write times. */
export type ChartView = {
  wanted(): WantedTime;
  span(): ChartSpan;
  /** The part of time that the reader zoomed to; null: the charts follow the present. */
  window(): TimeWindow | null;
  /** Shows the last part of time, up to now. */
  choose(span: ChartSpan): void;
  /** Shows this part of time; null: that of the span again. */
  zoom(window: TimeWindow | null): void;
  step(step: ZoomStep): void;
  /** Tells the view where a chart begins that was drawn: steps begin from the longest chart. */
  drawn(fromS: number): void;
  /** A time, in full if the reader asked for that, or else short. */
  timeText(atS: number): string;
  hasFullTimes(): boolean;
  writeFullTimes(areFull: boolean): void;
  /** Calls `listener` after each change, until the function that it returns is called. */
  onChange(listener: () => void): () => void;
};

/** Makes a view of what there is, up to an hour. The browser remembers how it writes times. */
export function createChartView(nowS: () => number): ChartView {
  let span = soFar;
  let window: TimeWindow | null = null;
  let areFull = rememberedValue('full-times') === true;
  let drawnFromS = Number.POSITIVE_INFINITY;
  const listeners = new Set<() => void>();

  function change(): void {
    drawnFromS = Number.POSITIVE_INFINITY;
    for (const listener of [...listeners]) listener();
  }

  const timeText = (atS: number) => (areFull ? fullTime(atS) : clockTimeOrDay(atS, nowS()));

  /** What is shown, as a window: that of the longest chart, if the charts follow the present. */
  function current(): TimeWindow {
    const toS = Math.ceil(nowS());
    const spanFromS = toS - span.seconds;
    const isShorter = span.isFitted && Number.isFinite(drawnFromS);
    return window ?? { fromS: isShorter ? Math.max(spanFromS, Math.floor(drawnFromS)) : spanFromS, toS };
  }

  return {
    wanted() {
      if (window) {
        const { fromS, toS } = window;
        const words = `from ${timeText(fromS)} to ${timeText(toS)}`;
        return { key: `${fromS}-${toS}`, toS, seconds: toS - fromS, isFitted: false, words, freshForS: 0 };
      }
      const toS = Math.ceil(nowS()) + 1; // a run that just ended may be a little ahead of our clock
      return { ...span, toS, words: `in the last ${span.words}` };
    },
    span: () => span,
    window: () => window,
    choose(next) {
      span = next;
      window = null;
      change();
    },
    zoom(next) {
      window = next;
      change();
    },
    step(step) {
      window = afterStep(current(), step, nowS());
      change();
    },
    drawn(fromS) {
      drawnFromS = Math.min(drawnFromS, fromS);
    },
    timeText,
    hasFullTimes: () => areFull,
    writeFullTimes(next) {
      areFull = next;
      rememberValue('full-times', next);
      change();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Returns the span of this key; null: there is none. */
export function spanOf(key: string | null): ChartSpan | null {
  return chartSpans.find((span) => span.key === key) ?? null;
}
