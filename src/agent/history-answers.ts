import type { Clock } from '../io/clock.ts';
import type { MetricHistory, MetricStatus, Sparkline } from '../model/metric.ts';
import type { Walk } from '../model/walk.ts';
import { marksOn } from './chart-marks.ts';
import { unitOfMetric } from './metric-unit.ts';
import { pluginSparklines } from './plugin-sparklines.ts';
import type { AgentStages } from './status-sources.ts';

const metricsAStep = 2000;

/**
 * Answers from the history: which metrics were sampled recently, the past of one, and the most
 * telling ones of plugins.
 */
export type HistoryAnswers = {
  metrics(prefix: string): Walk<readonly MetricStatus[]>;
  /** The values of a metric between two unix times, in seconds; null if no history is kept. */
  history(metric: string, fromS: number, toS: number): Walk<MetricHistory> | null;
  /** The most telling metric of each plugin among these files; null if no history is kept. */
  sparklines(files: ReadonlySet<string>): Walk<readonly Sparkline[]> | null;
};

/** Creates the answers of an agent's history. */
export function historyAnswers(clock: Clock, stages: AgentStages): HistoryAnswers {
  const { config, store } = stages;
  const isKept = () => config().dashboard.historyS > 0;
  const sparklines = pluginSparklines(clock, stages);

  function* historyWalk(metric: string, fromS: number, toS: number): Walk<MetricHistory> {
    const points = yield* store.history.query(metric, fromS, toS);
    const unit = unitOfMetric(metric, stages);
    const marks = marksOn(metric, stages, { fromS, toS });
    return { metric, ...(unit !== '' && { unit }), fromS, toS, ...points, ...(marks.length > 0 && { marks }) };
  }

  return {
    history: (metric, fromS, toS) => (isKept() ? historyWalk(metric, fromS, toS) : null),
    sparklines: (files) => (isKept() ? sparklines.of(files) : null),
    *metrics(prefix) {
      const found: MetricStatus[] = [];
      for (const [index, { name, ...last }] of (yield* store.history.metrics()).entries()) {
        if (index % metricsAStep === 0) yield;
        if (name.startsWith(prefix)) found.push({ metric: name, ...last });
      }
      return found;
    },
  };
}
