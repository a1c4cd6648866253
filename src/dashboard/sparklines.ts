import type { Sparkline } from '../model/metric.ts';
import type { PluginFile } from '../model/plugin.ts';
import { isOfPlugin, type Series } from '../model/series.ts';
import type { Walk } from '../model/walk.ts';
import { SparklinePoints, sparklineS } from './sparkline-points.ts';

/** A sample's time in unix seconds, and its value. */
type LastSample = { readonly atS: number; readonly value: number };

/** Which metrics are a plugin's, and how often it reports. */
export type PrefixedMetrics = {
  /** What the names of its metrics begin with. */
  readonly prefix: string;
  /** What those of other plugins begin with, of what begins with `prefix`, too. */
  readonly others: readonly string[];
  /** From one report to the next, at least. */
  readonly intervalS: number;
};

/** What sparklines are made of. */
export type SparklineDeps = {
  /** The wall clock's time in unix seconds. */
  readonly nowS: () => number;
  readonly monotonicMs: () => number;
  /** The plugins of these files, without those whose metrics can't be known by their names. */
  readonly prefixedMetricsOf: (files: ReadonlySet<string>) => ReadonlyMap<PluginFile, PrefixedMetrics>;
  /** All metrics that were sampled within a day, sorted by name. */
  readonly metrics: () => Walk<readonly { readonly name: string; readonly series?: Series }[]>;
  /** Visits what was sampled of metrics since a time, each metric's samples in their order. */
  readonly lately: (
    metrics: ReadonlySet<string>,
    fromS: number,
    visit: (metric: string, atS: number, value: number) => void,
  ) => Walk<void>;
  /** Null: it was not sampled lately. */
  readonly last: (metric: string) => LastSample | null;
  /** The unit of a metric; empty: none is known. */
  readonly unitOf: (metric: string) => string;
};

/** The line of one plugin. */
type KeptLine = {
  readonly metric: string;
  readonly points: SparklinePoints;
  /** When its metric was chosen, by the clock that only moves forward. */
  readonly chosenMs: number;
  /** When it was last asked for, by the same clock. */
  seenMs: number;
};

type MetricsByFile = ReadonlyMap<string, readonly string[]>;

const mostLooked = 20; // metrics of a plugin
const mostLines = 400;
const chosenForMs = 600_000;
const youngS = 600; // with less than this to choose by,
const youngForMs = 60_000; // a metric is chosen again after this

/**
 * Makes the line of each plugin's most telling metric. Reading an hour of samples is dear, so the
 * choice of a metric is kept for 10 minutes, and a line that is asked for at each tick gets the
 * newest sample from memory.
 */
export class Sparklines {
  readonly #deps: SparklineDeps;
  /** By file; the one that was asked for longest ago comes first. */
  readonly #lines = new Map<string, KeptLine>();

  constructor(deps: SparklineDeps) {
    this.#deps = deps;
  }

  /** Returns the lines of the plugins of these files; plugins without samples are left out. */
  *of(files: ReadonlySet<string>): Walk<readonly Sparkline[]> {
    const plugins = this.#deps.prefixedMetricsOf(files);
    yield* this.#choose(plugins);
    const nowMs = this.#deps.monotonicMs();
    const lines: Sparkline[] = [];
    for (const file of plugins.keys()) {
      const line = this.#lines.get(file);
      if (line === undefined) continue;
      this.#lines.delete(file);
      this.#lines.set(file, line);
      line.seenMs = nowMs;
      const last = this.#deps.last(line.metric);
      if (last !== null) line.points.add(last.atS, last.value);
      const unit = this.#deps.unitOf(line.metric);
      const points = line.points.list(this.#deps.nowS() - sparklineS);
      if (points.length > 0) lines.push({ file, metric: line.metric, ...(unit !== '' && { unit }), points });
      yield;
    }
    for (const file of [...this.#lines.keys()].slice(0, -mostLines)) this.#lines.delete(file);
    return lines;
  }

  /**
   * Chooses the metric of each plugin that has no line, or an old one, or one that missed a report.
   */
  *#choose(plugins: ReadonlyMap<PluginFile, PrefixedMetrics>): Walk<void> {
    const { nowS, monotonicMs, lately } = this.#deps;
    const unchosen = [...plugins].filter(([file, own]) => !this.#isChosen(file, own));
    if (unchosen.length === 0) return;
    const candidates = yield* this.#candidates(unchosen);
    const points = new Map<string, SparklinePoints>();
    for (const metric of [...candidates.values()].flat()) points.set(metric, new SparklinePoints());
    const visit = (metric: string, atS: number, value: number) => points.get(metric)?.add(atS, value);
    yield* lately(new Set(points.keys()), nowS() - sparklineS, visit);
    const nowMs = monotonicMs();
    for (const [file, metrics] of candidates) {
      const lines = metrics.map((metric) => ({ metric, points: points.get(metric) ?? new SparklinePoints() }));
      const line = mostTelling(lines);
      if (line === undefined) this.#lines.delete(file);
      else this.#lines.set(file, { ...line, chosenMs: nowMs, seenMs: nowMs });
    }
  }

  #isChosen(file: string, own: PrefixedMetrics): boolean {
    const line = this.#lines.get(file);
    if (line === undefined || !isOwn(line.metric, own)) return false;
    const nowMs = this.#deps.monotonicMs();
    if (nowMs - line.seenMs > own.intervalS * 1500) return false;
    return nowMs - line.chosenMs < (line.points.spanS() < youngS ? youngForMs : chosenForMs);
  }

  /** Returns the first metrics of each plugin, those left out that the agent measures of it. */
  *#candidates(wanted: readonly (readonly [string, PrefixedMetrics])[]): Walk<MetricsByFile> {
    const metrics = yield* this.#deps.metrics();
    const found = new Map<string, readonly string[]>();
    for (const [file, own] of wanted) {
      const names: string[] = [];
      for (let at = firstFrom(metrics, own.prefix); names.length < mostLooked; at += 1) {
        const metric = metrics[at];
        if (!metric?.name.startsWith(own.prefix)) break;
        if (isOwn(metric.name, own) && !isOfPlugin(metric.series)) names.push(metric.name);
      }
      found.set(file, names);
      yield;
    }
    return found;
  }
}

function isOwn(metric: string, { prefix, others }: PrefixedMetrics): boolean {
  return metric.startsWith(prefix) && !others.some((other) => metric.startsWith(other));
}

/** The line that varied most; the first one if all stand still; undefined: there is none. */
function mostTelling<Line extends Pick<KeptLine, 'points'>>(lines: readonly Line[]): Line | undefined {
  let most: Line | undefined;
  for (const line of lines) if (most === undefined || line.points.variation() > most.points.variation()) most = line;
  return most;
}

/** The index of the first metric that does not sort before a name. */
function firstFrom(metrics: readonly { readonly name: string }[], name: string): number {
  let [from, to] = [0, metrics.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((metrics[middle]?.name ?? name) < name) from = middle + 1;
    else to = middle;
  }
  return from;
}
