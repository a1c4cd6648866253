import { type ChartView, createChartView } from './chart-view.ts';
import { createReaderCharts, type ReaderCharts } from './reader-charts.ts';

/** What all charts of the page share. `nowS` is the agent's present time in unix seconds. */
export type PageCharts = {
  readonly view: ChartView;
  readonly reader: ReaderCharts;
  nowS(): number;
  /** A metric's name without the host's name in front of it. */
  nameOf(metric: string): string;
  /** The metric of a name with or without the host's name in front of it. */
  metricOf(name: string): string;
  setHost(hostname: string): void;
};

/** Makes it. `setHost` must be called before names are asked for. */
export function createPageCharts(nowS: () => number): PageCharts {
  let prefix = '.';
  return {
    view: createChartView(nowS),
    reader: createReaderCharts(),
    nowS,
    nameOf: (metric) => (metric.startsWith(prefix) ? metric.slice(prefix.length) : metric),
    metricOf: (name) => (name.startsWith(prefix) ? name : `${prefix}${name}`),
    setHost(hostname) {
      prefix = `${hostname}.`;
    },
  };
}
