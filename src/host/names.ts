import type { PluginName } from '../model/plugin.ts';
import type { HostReading } from './reading.ts';

/** The first parts of the names of host metrics, without the host in front. */
const families: ReadonlySet<string> = new Set(['cpu', 'load', 'memory', 'swap', 'disk', 'filesystem']);

/** These come from the second reading on, but their names are the host's from the first. */
const laterNames = ['user', 'nice', 'system', 'idle', 'iowait', 'in_use'].map((name) => `cpu.${name}`);

/** Whether a metric of a plugin can have the name of a host metric, by the plugin's name. */
export function mayBeHostMetrics(plugin: PluginName): boolean {
  const end = plugin.indexOf('.');
  return families.has(end < 0 ? plugin : plugin.slice(0, end));
}

/** The names that readings claim for the host, without the host in front. */
export function claimedNames(readings: readonly HostReading[]): ReadonlySet<string> {
  return new Set([...laterNames, ...readings.map(([name]) => name)]);
}
