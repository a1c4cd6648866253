import { Sparklines } from '../dashboard/sparklines.ts';
import { metricPrefix } from '../formats/native.ts';
import type { Clock } from '../io/clock.ts';
import type { AgentStages } from './status-sources.ts';

/** Makes the sparklines of the plugins of an agent. */
export function pluginSparklines(
  clock: Clock,
  { config, scripts, store }: Pick<AgentStages, 'config' | 'scripts' | 'store'>,
): Sparklines {
  return new Sparklines({
    nowS: () => clock.nowMs() / 1000,
    monotonicMs: clock.monotonicMs,
    intervalS: () => config().reportIntervalS,
    prefixes(files) {
      const { hostname } = config();
      const asked = scripts.judged().filter(({ plugin }) => files.has(plugin.file));
      return new Map(asked.map(({ plugin }) => [plugin.file, `${metricPrefix(hostname, plugin.name)}.`]));
    },
    ...store.history,
  });
}
