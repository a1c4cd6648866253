import { type Plugin, type PluginFile, wholeName } from '../model/plugin.ts';

/**
 * Names plugins for their metrics, each by a name of its own: the plugin's name, or where several
 * have the same one, that of its file (`a.sh`). Where that is taken, too, or the same as a dotted
 * name (`wholeName`), the later one gets `_2` behind it, then `_3`.
 */
export function metricNames(plugins: readonly Plugin[]): ReadonlyMap<PluginFile, string> {
  const counts = new Map<string, number>();
  for (const { name } of plugins) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isShared = ({ name }: Plugin) => (counts.get(name) ?? 0) > 1;
  const taken = new Set<string>();
  const names = new Map<PluginFile, string>();
  for (const plugin of [...plugins.filter((one) => !isShared(one)), ...plugins.filter(isShared)]) {
    const name = isShared(plugin) ? plugin.file : plugin.name;
    let free: string = name;
    for (let number = 2; taken.has(wholeName(free)); number += 1) free = `${name}_${number}`;
    taken.add(wholeName(free));
    names.set(plugin.file, free);
  }
  return names;
}
