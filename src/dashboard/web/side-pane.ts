import type { AgentState } from './agent-state.ts';
import { openDetail, type PluginDetailPane } from './detail.ts';
import { byId } from './elements.ts';
import type { PluginList } from './list.ts';
import type { PageCharts } from './page-charts.ts';
import { fileOf } from './plugin-link.ts';
import { isPlace } from './view-link.ts';

/** The pane beside the list: the plugin that the address names, or else sinks and host metrics. */
export type SidePane = {
  update(known: AgentState): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(): void;
};

/** Makes the pane. It follows the address and marks its plugin in the list. Escape closes it. */
export function createSidePane(list: PluginList, charts: PageCharts): SidePane {
  let shown: { readonly file: string; readonly detail: PluginDetailPane } | null = null;
  let lastKnown: AgentState | null = null;

  function show(file: string | null): void {
    shown?.detail.close();
    shown = file === null ? null : { file, detail: openDetail(file, charts, leave) };
    byId('detail').hidden = file === null;
    byId('overview').hidden = file !== null;
    document.body.classList.toggle('has-detail', file !== null);
    list.select(file);
    if (lastKnown) update(lastKnown);
  }

  function update(known: AgentState): void {
    lastKnown = known;
    shown?.detail.update(known.plugins.get(shown.file) ?? null, known.agent.hostname);
  }

  addEventListener('hashchange', () => {
    const file = fileOf(location.hash);
    if (isPlace(location.hash)) return; // a jump within the page
    if (file !== null && file === shown?.file) return;
    const left = shown?.file ?? null;
    show(file);
    if (shown) shown.detail.focus();
    else if (left !== null) list.focus(left);
  });
  addEventListener('keydown', ({ key, target }) => {
    if (key === 'Escape' && shown && !(target instanceof HTMLInputElement)) leave();
  });
  show(fileOf(location.hash));
  return { update, tick: () => shown?.detail.tick() };
}

function leave(): void {
  location.hash = '';
}
