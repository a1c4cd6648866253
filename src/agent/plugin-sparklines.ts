import { settingsOf } from '../config/plugin-settings.ts';
import { type PrefixedMetrics, Sparklines } from '../dashboard/sparklines.ts';
import { metricPrefix } from '../formats/native.ts';
import type { Clock } from '../io/clock.ts';
import type { Config } from '../model/config.ts';
import type { Plugin, PluginFile } from '../model/plugin.ts';
import { unitOfMetric } from './metric-unit.ts';
import { keepsNames } from './read-output.ts';
import type { AgentStages } from './status-sources.ts';

/** Makes the sparklines of the plugins of an agent. */
export function pluginSparklines(clock: Clock, stages: Pick<AgentStages, 'config' | 'scripts' | 'store'>): Sparklines {
  const { config, scripts, store } = stages;
  return new Sparklines({
    nowS: () => clock.nowMs() / 1000,
    monotonicMs: clock.monotonicMs,
    prefixedMetricsOf: (files) =>
      prefixedMetricsOf(
        config(),
        scripts.judged().map(({ plugin }) => plugin),
        files,
      ),
    unitOf: (metric) => unitOfMetric(metric, stages),
    ...store.history,
  });
}

/**
 * Which metrics are those of the plugins of these files. Those of a plugin that keeps its names may
 * be called anything, so it is left out.
 */
export function prefixedMetricsOf(
  config: Config,
  plugins: readonly Plugin[],
  files: ReadonlySet<string>,
): ReadonlyMap<PluginFile, PrefixedMetrics> {
  const { hostname, reportIntervalS } = config;
  const prefixOf = ({ name }: Plugin) => `${metricPrefix(hostname, name)}.`;
  const dotted = plugins.filter(({ name }) => name.includes('.')).map(prefixOf);
  const found = new Map<PluginFile, PrefixedMetrics>();
  for (const plugin of plugins) {
    if (!files.has(plugin.file)) continue;
    const settings = settingsOf(config, plugin);
    if (keepsNames(settings)) continue;
    const prefix = prefixOf(plugin);
    const others = dotted.filter((other) => other !== prefix && other.startsWith(prefix));
    found.set(plugin.file, { prefix, others, intervalS: Math.max(reportIntervalS, settings.intervalS ?? 0) });
  }
  return found;
}
