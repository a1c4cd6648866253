import type { MetricHistory, MetricStatus } from '../model/metric.ts';
import type { Walk } from '../model/walk.ts';
import { marksOn } from './chart-marks.ts';
import type { AgentStages } from './status-sources.ts';

const metricsAStep = 2000;

/** Answers from the history: which metrics were sampled recently, and the past of one. */
export type HistoryAnswers = {
  metrics(prefix: string): Walk<readonly MetricStatus[]>;
  /** The values of a metric between two unix times, in seconds; null if no history is kept. */
  history(metric: string, fromS: number, toS: number): Walk<MetricHistory> | null;
};

/** Creates the answers of an agent's history. */
export function historyAnswers(stages: AgentStages): HistoryAnswers {
  const { config, store } = stages;

  function* historyWalk(metric: string, fromS: number, toS: number): Walk<MetricHistory> {
    const points = yield* store.history.query(metric, fromS, toS);
    const unit = store.history.seriesOf(metric)?.unit ?? '';
    const marks = marksOn(metric, stages, { fromS, toS });
    return { metric, ...(unit !== '' && { unit }), fromS, toS, ...points, ...(marks.length > 0 && { marks }) };
  }

  return {
    history: (metric, fromS, toS) => (config().dashboard.historyS === 0 ? null : historyWalk(metric, fromS, toS)),
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
