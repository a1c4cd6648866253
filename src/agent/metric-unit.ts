import { settingsOf } from '../config/plugin-settings.ts';
import { metricPrefix } from '../formats/native.ts';
import type { Config } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import type { AgentStages } from './status-sources.ts';

/**
 * The unit of a metric on the page: what the format of its plugin said with the last sample, else
 * the `unit` of the plugin's section. Empty: none is known.
 */
export function unitOfMetric(
  metric: string,
  { config, scripts, store }: Pick<AgentStages, 'config' | 'scripts' | 'store'>,
): string {
  const ofFormat = store.history.seriesOf(metric)?.unit ?? '';
  if (ofFormat !== '') return ofFormat;
  const inForce = config();
  if (![...inForce.plugins.values()].some(({ unit }) => unit !== null)) return '';
  return configuredUnit(
    metric,
    inForce,
    scripts.judged().map(({ plugin }) => plugin),
  );
}

/** That of the plugin with the longest name that the metric begins with, behind the host's. */
export function configuredUnit(metric: string, config: Config, plugins: readonly Plugin[]): string {
  let owner: Plugin | null = null;
  for (const plugin of plugins) {
    const isLonger = owner === null || plugin.name.length > owner.name.length;
    if (isLonger && metric.startsWith(`${metricPrefix(config.hostname, plugin.name)}.`)) owner = plugin;
  }
  return (owner && settingsOf(config, owner).unit) ?? '';
}
