import type { JudgedScript, PluginFile } from '../model/plugin.ts';
import type { Sample, UnixSeconds } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import type { FiguresOf, PluginFigures } from './plugin-figures.ts';
import { metricNames } from './plugin-metric-names.ts';
import { PluginSeries } from './plugin-series.ts';

/** How many plugins have metrics at most. */
export const mostPlugins = 1000;

/** A tick, and what the metrics of plugins are made of at it. */
export type PluginTick = {
  readonly hostname: string;
  readonly atS: UnixSeconds;
  readonly intervalS: number;
  /** Every script of the last scans, accepted or not. The same list as long as nothing changed. */
  readonly scripts: readonly JudgedScript[];
  readonly figuresOf: FiguresOf;
  /**
   * The first 12 hexadecimal digits of the SHA-256 of a script. Null: it can't be read. Undefined:
   * not known yet.
   */
  readonly hashOf: (script: JudgedScript) => string | null | undefined;
};

/** The samples of a tick, and how many plugins have none because they are too many. */
export type PluginSamples = { readonly samples: readonly Sample[]; readonly leftOut: number };

const pluginsAStep = 20;
const longestSilenceS = 240; // Prometheus takes a series that had no sample for 300 s as ended
const mostTicks = 8;

/**
 * The metrics of each plugin (docs/self-metrics.md). Remembers what was sent, so that a plugin that
 * is well costs little: all of its series are sent each 4 minutes and each 8 ticks at the least,
 * and when one changes that changes seldom.
 */
export class PluginSampler {
  readonly #series = new Map<PluginFile, PluginSeries>();
  #scripts: readonly JudgedScript[] = [];
  #plugins: readonly JudgedScript[] = [];
  #names: ReadonlyMap<PluginFile, string> = new Map();
  #hostname = '';
  #ticks = 0;
  #made = 0;

  /** Ends all series without a last sample. */
  forget(): void {
    this.#series.clear();
  }

  /** Makes the samples of a tick. Each plugin is as it is when the walk comes to it. */
  *tickWalk(tick: PluginTick): Walk<PluginSamples> {
    const { scripts, hostname, atS, intervalS, figuresOf, hashOf } = tick;
    if (hostname !== this.#hostname) this.forget();
    this.#hostname = hostname;
    if (scripts !== this.#scripts) {
      this.#scripts = scripts;
      this.#plugins = scripts.filter(({ rejection }) => rejection?.kind !== 'not-a-script');
      this.#names = metricNames(this.#plugins.map(({ plugin }) => plugin));
    }
    this.#ticks += 1;
    const [plugins, names, number] = [this.#plugins, this.#names, this.#ticks];
    const every = Math.max(1, Math.min(mostTicks, Math.floor(longestSilenceS / intervalS)));
    const chosen = plugins.length <= mostPlugins ? plugins : yield* this.#chosenWalk(plugins, figuresOf);
    const samples: Sample[] = [];
    const moment = { atS, number, every };
    let measured = 0;
    for (const script of chosen) {
      measured += 1;
      if (measured % pluginsAStep === 0) yield;
      const { file } = script.plugin;
      const series = this.#of(file, names.get(file) ?? file, samples, atS);
      series.measure(samples, figuresOf(script), hashOf(script), moment);
    }
    if (this.#series.size > chosen.length) this.#end(samples, atS, number);
    return { samples, leftOut: plugins.length - chosen.length };
  }

  /** Those in trouble first, then those that have series already. */
  *#chosenWalk(scripts: readonly JudgedScript[], of: FiguresOf): Walk<readonly JudgedScript[]> {
    const [troubled, known, others]: [JudgedScript[], JudgedScript[], JudgedScript[]] = [[], [], []];
    for (const [index, script] of scripts.entries()) {
      if (index % pluginsAStep === pluginsAStep - 1) yield;
      const isKnown = this.#series.has(script.plugin.file);
      (isTroubled(of(script)) ? troubled : isKnown ? known : others).push(script);
    }
    return [...troubled, ...known, ...others].slice(0, mostPlugins);
  }

  #of(file: PluginFile, name: string, samples: Sample[], atS: UnixSeconds): PluginSeries {
    const known = this.#series.get(file);
    if (known?.name === name) return known;
    known?.end(samples, atS, true);
    this.#made += 1;
    const made = new PluginSeries(this.#hostname, name, this.#made);
    this.#series.set(file, made);
    return made;
  }

  /** Ends the series that this tick has left out. */
  #end(samples: Sample[], atS: UnixSeconds, number: number): void {
    for (const [file, series] of this.#series) {
      if (series.measuredAt === number) continue;
      series.end(samples, atS, !this.#names.has(file));
      this.#series.delete(file);
    }
  }
}

function isTroubled({ state }: PluginFigures): boolean {
  return state !== 'ok' && state !== 'disabled' && state !== 'pending';
}
