import { needsALook } from '../../words/state-word.ts';
import { visible } from '../../words/visible.ts';
import { byId, setAttribute } from './elements.ts';
import { type PluginTrouble, pluginLook } from './order.ts';

/** Shows in the browser's tab how the agent does: in the page's title and in its icon. */
export function showTab(hostname: string, plugins: readonly PluginTrouble[]): void {
  document.title = titleOf(plugins.filter(needsALook).length, hostname);
  setAttribute(byId('icon'), 'href', iconOf(plugins));
}

/** The title: how many plugins a person should look at, if there is one, and the host's name. */
function titleOf(trouble: number, hostname: string): string {
  return `${trouble > 0 ? `${trouble} ✕ ` : ''}${visible(hostname)} · instrument_server`;
}

/** The icon: with a dot in the colour of the worst plugin. */
function iconOf(plugins: readonly PluginTrouble[]): string {
  const tones = new Set(plugins.map((plugin) => pluginLook(plugin).tone));
  const tone = (['bad', 'warn', 'good'] as const).find((one) => tones.has(one));
  return tone === undefined ? '/web/favicon.svg' : `/web/favicon-${tone}.svg`;
}
