import { createHostMetrics, type HostMetrics } from '../host/collect.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Tick } from '../model/run.ts';
import { AwaitedMoments } from '../scheduler/awaited-moments.ts';
import { momentAtS, momentOf } from '../scheduler/spread.ts';
import type { Store } from '../store/store.ts';
import { selfSamples } from '../view/self-metrics.ts';
import type { View } from '../view/view.ts';
import type { Delivery } from './delivery.ts';
import type { MeasuredPlugins } from './plugin-metrics.ts';

/**
 * What the samples that no plugin prints are made of. `config` gives the configuration in force.
 */
export type OwnMetricsDeps = {
  readonly config: () => Config;
  readonly store: Pick<Store, 'append'>;
  readonly view: View;
  readonly delivery: Pick<Delivery, 'outlets'>;
  readonly plugins: Pick<MeasuredPlugins, 'measure' | 'rest'>;
  readonly emit: Emit;
};

/**
 * The samples that no plugin prints: of the host, of the agent itself, and of each plugin. They are
 * measured at the tick; with `spread` at the host's moment, which then is the time of the samples.
 */
export class OwnMetrics {
  readonly #edges: Edges;
  readonly #deps: OwnMetricsDeps;
  readonly #moments: AwaitedMoments<'self' | 'host' | 'plugins'>;
  #host: HostMetrics;

  constructor(edges: Edges, deps: OwnMetricsDeps) {
    this.#edges = edges;
    this.#deps = deps;
    this.#moments = new AwaitedMoments(edges.clock);
    this.#host = this.#hostNow();
  }

  /** The names of the host's metrics, without the host in front. Never rejects. */
  hostNames(): Promise<ReadonlySet<string>> {
    return this.#host.names();
  }

  /** Uses another name of the host, which is in force already. */
  renamed(): void {
    this.#host = this.#hostNow();
  }

  /** Measures the agent. Resolves when its samples were given to the store. */
  self(tick: Tick): Promise<void> {
    return this.#measured('self', tick, async ({ atS }) => {
      const { config, delivery, store, view } = this.#deps;
      if (!config().selfMetrics) return;
      const backlogs = delivery.outlets().map((outlet) => ({ sink: outlet.name, ...outlet }));
      store.append(selfSamples(view, backlogs, this.#edges.usage(), { hostname: config().hostname, atS }));
    });
  }

  /** Measures the host, likewise. */
  host(tick: Tick): Promise<void> {
    return this.#measured('host', tick, async (at) => {
      if (this.#deps.config().hostMetrics) await this.#host.collect(at).then(this.#deps.store.append);
    });
  }

  /** Measures the plugins, likewise. */
  plugins(tick: Tick): Promise<void> {
    const { config, plugins } = this.#deps;
    if (config().pluginMetrics) return this.#measured('plugins', tick, (at) => plugins.measure(at));
    plugins.rest();
    return Promise.resolve();
  }

  /** Gives up the measurements that wait for their moment. */
  drop(): void {
    this.#moments.drop();
  }

  #hostNow(): HostMetrics {
    const { platform, clock, hostFiles: files, otherSystem } = this.#edges;
    const { config, emit } = this.#deps;
    return createHostMetrics({ platform, clock, files, otherSystem }, { hostname: config().hostname, emit });
  }

  #measured(what: 'self' | 'host' | 'plugins', tick: Tick, measure: (tick: Tick) => Promise<void>): Promise<void> {
    const { spread, reportIntervalS, hostname } = this.#deps.config();
    if (!spread) return measure(tick);
    const moment = momentOf(tick, reportIntervalS, hostname, null);
    return this.#moments.wait(what, moment, () => measure({ atS: momentAtS(moment) }));
  }
}
