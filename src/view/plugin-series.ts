import { wholeName } from '../model/plugin.ts';
import { metricName, type Sample, type UnixSeconds } from '../model/sample.ts';
import { type Label, pluginFamilies, type Series, type SeriesKind } from '../model/series.ts';
import type { PluginFigures } from './plugin-figures.ts';

/** A tick at which plugins are measured. */
export type MeasuredTick = {
  readonly atS: UnixSeconds;
  readonly number: number;
  /** After how many ticks all series of a plugin are due again. */
  readonly every: number;
};

/** Figures that change seldom: all series of a plugin are sent when one of them has changed. */
type SentFigures = { isReporting: boolean; exitStatus: number | null; badLines: number | null; skips: number };

/**
 * The series of one plugin. Names, labels and series are made once: a sample costs a small object,
 * and the samples of a plugin follow each other with the same labels.
 */
export class PluginSeries {
  readonly name: string;
  /** The number of the last tick at which it was measured. */
  measuredAt = 0;
  /** Distinguishes plugins, so that not all of them have their turn at the same tick. */
  readonly #turn: number;
  readonly #prefix: string;
  readonly #labels: readonly Label[];
  readonly #series: ReturnType<typeof figureSeries>;
  #sent: SentFigures | null = null;
  #state = '';
  #reason = '';
  #stateSeries: Series | null = null;
  #hash: string | null = null;
  #infoSeries: Series | null = null;

  constructor(hostname: string, name: string, turn: number) {
    this.name = name;
    this.#turn = turn;
    this.#prefix = `${hostname}.instrument_server.plugin.${wholeName(name)}.`;
    this.#labels = [['plugin', name]];
    this.#series = figureSeries(this.#labels);
  }

  /**
   * Adds the samples that are due. `hash` is that of the script; null: it can't be read; undefined:
   * it is not known yet.
   */
  measure(
    samples: Sample[],
    figures: PluginFigures,
    hash: string | null | undefined,
    { atS, number, every }: MeasuredTick,
  ): void {
    this.measuredAt = number;
    const isTurn = (number + this.#turn) % every === 0;
    const isNews = this.#noteSent(figures);
    const isOther = this.#noteState(samples, figures, atS);
    const isOtherScript = hash !== undefined && hash !== this.#hash && this.#noteHash(samples, hash, atS);
    const isAll = isTurn || isNews || isOther || isOtherScript;
    if (!isAll && figures.state === 'ok') return;
    this.#addState(samples, figures, atS);
    if (!isAll) return;
    this.#addRest(samples, figures, atS);
    if (this.#infoSeries !== null) this.#add(samples, 'info', 1, atS, this.#infoSeries);
  }

  /** Adds the last samples. `isGone`: the plugin was removed, or has another name now. */
  end(samples: Sample[], atS: UnixSeconds, isGone: boolean): void {
    if (isGone) this.#add(samples, 'up', 0, atS, this.#series.up);
    if (this.#stateSeries !== null) this.#add(samples, `state.${this.#state}`, 0, atS, this.#stateSeries);
    if (this.#infoSeries !== null) this.#add(samples, 'info', 0, atS, this.#infoSeries);
  }

  /** Whether one of these differs from what was sent. */
  #noteSent({ isReporting, facts: { run, skips } }: PluginFigures): boolean {
    const exitStatus = run !== null && 'status' in run.ending ? run.ending.status : null;
    const badLines = run === null ? null : run.badLines;
    const sent = this.#sent;
    if (sent === null) {
      this.#sent = { isReporting, exitStatus, badLines, skips };
      return true;
    }
    const isSame = sent.isReporting === isReporting && sent.exitStatus === exitStatus && sent.skips === skips;
    if (isSame && sent.badLines === badLines) return false;
    Object.assign(sent, { isReporting, exitStatus, badLines, skips });
    return true;
  }

  /** Ends the series of the former state. */
  #noteState(samples: Sample[], { state, reason }: PluginFigures, atS: UnixSeconds): boolean {
    const former = this.#stateSeries;
    if (former !== null && this.#state === state && this.#reason === reason) return false;
    if (former !== null) {
      // By its dotted name the same state is 1
      const series: Series = this.#state === state ? { ...former, kind: 'info' } : former;
      this.#add(samples, `state.${this.#state}`, 0, atS, series);
    }
    const ofReason: readonly Label[] = reason === '' ? [] : [['reason', reason]];
    this.#state = state;
    this.#reason = reason;
    this.#stateSeries = describedBy(shapes.state, [...this.#labels, ...ofReason, ['state', state]]);
    return true;
  }

  #noteHash(samples: Sample[], hash: string | null, atS: UnixSeconds): boolean {
    if (this.#infoSeries !== null) this.#add(samples, 'info', 0, atS, this.#infoSeries);
    this.#hash = hash;
    this.#infoSeries = hash === null ? null : describedBy(shapes.info, [...this.#labels, ['script_hash', hash]]);
    return true;
  }

  /** Adds what an alert needs of a plugin in trouble at each tick. */
  #addState(samples: Sample[], { isReporting, overdueS, facts }: PluginFigures, atS: UnixSeconds): void {
    const series = this.#series;
    if (this.#stateSeries !== null) this.#add(samples, `state.${this.#state}`, 1, atS, this.#stateSeries);
    this.#add(samples, 'up', isReporting ? 1 : 0, atS, series.up);
    if (facts.lastReportAtS !== null) {
      const ageS = Math.max(0, rounded(atS - facts.lastReportAtS));
      this.#add(samples, 'last_good_age_seconds', ageS, atS, series.lastGoodAge);
    }
    this.#add(samples, 'overdue_seconds', rounded(overdueS), atS, series.overdue);
  }

  #addRest(samples: Sample[], { facts: { run, skips } }: PluginFigures, atS: UnixSeconds): void {
    const series = this.#series;
    this.#add(samples, 'skips_total', skips, atS, series.skips);
    if (run === null) return;
    this.#add(samples, 'duration_seconds', rounded(run.durationMs / 1000), atS, series.duration);
    if ('status' in run.ending) this.#add(samples, 'exit_status', run.ending.status, atS, series.exitStatus);
    this.#add(samples, 'samples', run.samples, atS, series.samples);
    this.#add(samples, 'bad_lines', run.badLines, atS, series.badLines);
    if (run.cpuS !== null) this.#add(samples, 'cpu_seconds', run.cpuS, atS, series.cpu);
    if (run.peakMemoryBytes !== null)
      this.#add(samples, 'peak_memory_bytes', run.peakMemoryBytes, atS, series.peakMemory);
  }

  #add(samples: Sample[], name: string, value: number, atS: UnixSeconds, series: Series): void {
    samples.push({ metric: metricName(this.#prefix + name), value, atS, series });
  }
}

type SeriesShape = Omit<Series, 'labels'>;

function shapeOf(name: string, unit = '', kind: SeriesKind = 'gauge'): SeriesShape {
  return { family: `${pluginFamilies}${name}`, kind, unit };
}

const shapes = {
  up: shapeOf('up'),
  state: shapeOf('state'),
  lastGoodAge: shapeOf('last_good_age_seconds', 'seconds'),
  overdue: shapeOf('overdue_seconds', 'seconds'),
  skips: shapeOf('skips_total', '', 'counter'),
  duration: shapeOf('duration_seconds', 'seconds'),
  exitStatus: shapeOf('exit_status'),
  samples: shapeOf('samples'),
  badLines: shapeOf('bad_lines'),
  cpu: shapeOf('cpu_seconds', 'seconds'),
  peakMemory: shapeOf('peak_memory_bytes', 'bytes'),
  info: shapeOf('info', '', 'info'),
};

function figureSeries(labels: readonly Label[]) {
  return {
    up: describedBy(shapes.up, labels),
    lastGoodAge: describedBy(shapes.lastGoodAge, labels),
    overdue: describedBy(shapes.overdue, labels),
    skips: describedBy(shapes.skips, labels),
    duration: describedBy(shapes.duration, labels),
    exitStatus: describedBy(shapes.exitStatus, labels),
    samples: describedBy(shapes.samples, labels),
    badLines: describedBy(shapes.badLines, labels),
    cpu: describedBy(shapes.cpu, labels),
    peakMemory: describedBy(shapes.peakMemory, labels),
  };
}

function describedBy({ family, kind, unit }: SeriesShape, labels: readonly Label[]): Series {
  return { family, labels, kind, unit };
}

/** To a millisecond. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
