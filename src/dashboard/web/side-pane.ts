import type { AgentState } from './agent-state.ts';
import { openDetail, type PluginDetailPane } from './detail.ts';
import { byId } from './elements.ts';
import type { PluginList } from './list.ts';
import type { PageCharts } from './page-charts.ts';
import { fileOf } from './plugin-link.ts';
import type { Tabs } from './tabs.ts';
import { isPlace } from './view-link.ts';

/** The pane beside the list: the plugin that the address names, or else sinks and host metrics. */
export type SidePane = {
  update(known: AgentState): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(): void;
};

/** The element that a plugin was opened with. Leaving the plugin is a step back to it. */
type Opener = { readonly file: string; readonly element: Element | null };

/**
 * Makes the pane. It follows the address and marks its plugin in the list. Escape closes it. The
 * keyboard focus then goes back to where the plugin was opened, or else to its row.
 */
export function createSidePane(list: PluginList, tabs: Tabs, charts: PageCharts): SidePane {
  let shown: { readonly file: string; readonly detail: PluginDetailPane } | null = null;
  let opener: Opener | null = null;
  let isLeaving = false;
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

  addEventListener('hashchange', ({ oldURL }) => {
    isLeaving = false;
    const file = fileOf(location.hash);
    if (isPlace(location.hash)) {
      opener = null; // after a jump within the page a step back would lead to the same plugin
      return;
    }
    if (file !== null && file === shown?.file) return;
    const left = shown?.file ?? null;
    const isFromOverview = left === null && !isPlace(new URL(oldURL).hash);
    const from = isFromOverview && file !== null ? { file, element: document.activeElement } : null;
    show(file);
    if (shown) {
      opener = from;
      shown.detail.focus();
    } else if (left !== null) focusAfter(left);
  });

  function focusAfter(file: string): void {
    const target = opener?.file === file ? opener.element : null;
    opener = null;
    if (target instanceof HTMLAnchorElement && target.checkVisibility()) target.focus();
    else {
      tabs.show('plugins');
      list.focus(file);
    }
  }

  /** The step back takes the plugin out of the history: Back then leads to what was before it. */
  function leave(): void {
    if (isLeaving) return;
    isLeaving = true;
    const isStepBack = opener !== null && opener.file === shown?.file && !isPlace(location.hash);
    if (isStepBack) history.back();
    else location.hash = '';
  }

  addEventListener('keydown', ({ key, target }) => {
    if (key === 'Escape' && shown && !(target instanceof HTMLInputElement)) leave();
  });
  show(fileOf(location.hash));
  return { update, tick: () => shown?.detail.tick() };
}
