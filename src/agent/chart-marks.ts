import { metricPrefix } from '../formats/native.ts';
import type { Mark } from '../model/mark.ts';
import type { Plugin } from '../model/plugin.ts';
import type { AgentStages } from './status-sources.ts';

/** Of a plugin that changes its state all the time, a chart has the newest marks. */
const mostOnAChart = 100;

/**
 * The marks of a metric's chart between two times (unix seconds, both included), oldest first: the
 * agent's starts and what became of the plugin of that metric.
 */
export function marksOn(
  metric: string,
  { config, scripts, store }: Pick<AgentStages, 'config' | 'scripts' | 'store'>,
  { fromS, toS }: { readonly fromS: number; readonly toS: number },
): readonly Mark[] {
  const { hostname } = config();
  const isOf = ({ name }: Plugin) => metric.startsWith(`${metricPrefix(hostname, name)}.`);
  const files = new Set(scripts.judged().flatMap(({ plugin }) => (isOf(plugin) ? [plugin.file] : [])));
  const isShown = ({ atS, plugin }: Mark) => atS >= fromS && atS <= toS && (plugin === null || files.has(plugin));
  return store.marks
    .all()
    .filter(isShown)
    .slice(-mostOnAChart)
    .map(({ atS, durationS, kind, plugin, text }) => ({ atS, durationS, kind, plugin, text }));
}
