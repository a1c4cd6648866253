import { inSteps } from '../io/walk.ts';
import type { AgentEvent, Emit } from '../model/event.ts';
import type { Tick } from '../model/run.ts';
import type { Store } from '../store/store.ts';
import { createFiguresOf } from '../view/plugin-figures.ts';
import { mostPlugins, PluginSampler } from '../view/plugin-metrics.ts';
import { factsOfPlugins, type StatusSources } from '../view/status.ts';
import { ScriptHashes } from './script-hashes.ts';

/** What is used at a tick, not before. `sources` collects the agent as it is then. */
export type MeasuredAgent = {
  readonly sources: () => StatusSources;
  readonly append: Store['append'];
  readonly emit: Emit;
};

/** Measures each plugin at a tick, in steps, if `plugin_metrics` is on. */
export class MeasuredPlugins {
  readonly #agent: MeasuredAgent;
  readonly #metrics = new PluginSampler();
  readonly #hashes: ScriptHashes;
  #isMeasuring = false;
  #leftOut = 0;

  constructor(hashOf: (path: string) => Promise<string | null>, agent: MeasuredAgent) {
    this.#agent = agent;
    this.#hashes = new ScriptHashes(hashOf);
  }

  /** Must see every event. */
  note(event: AgentEvent): void {
    this.#hashes.note(event);
  }

  /** Resolves when the samples were given to the store. */
  async measure({ atS }: Tick): Promise<void> {
    if (this.#isMeasuring) return; // of the tick before, on a very busy host
    this.#isMeasuring = true;
    const { sources, append } = this.#agent;
    const now = sources();
    const { samples, leftOut } = await inSteps(
      this.#metrics.tickWalk({
        hostname: now.config.hostname,
        intervalS: now.config.reportIntervalS,
        atS,
        scripts: now.scripts,
        figuresOf: createFiguresOf(now, factsOfPlugins(now)),
        hashOf: (script) => this.#hashes.of(script),
      }),
    );
    this.#isMeasuring = false;
    if (samples.length > 0) append(samples);
    this.#reportLeftOut(leftOut);
  }

  /** Is called at ticks while `plugin_metrics` is off. */
  rest(): void {
    this.#metrics.forget();
    this.#leftOut = 0;
  }

  #reportLeftOut(leftOut: number): void {
    if (leftOut > 0 && this.#leftOut === 0) this.#agent.emit({ event: 'plugins.unmeasured', leftOut, mostPlugins });
    this.#leftOut = leftOut;
  }
}
