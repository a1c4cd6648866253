import type { PluginAnswer, PluginStatus } from '../../model/status.ts';
import { fetchAnswer } from './answers.ts';
import { createDetailBody } from './detail-body.ts';
import { byId } from './elements.ts';
import { pluginFacts } from './facts.ts';
import { createPluginMetrics, type PluginMetrics } from './metrics.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { PageCharts } from './page-charts.ts';
import type { AdviceText } from './parts.ts';

/** Everything about one plugin. */
export type PluginDetailPane = {
  /** Shows what the list knows, and fetches the rest. Null: there is no such plugin. */
  update(plugin: PluginStatus | null, hostname: string): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(): void;
  /** Moves the keyboard focus to the title. */
  focus(): void;
  close(): void;
};

/** Fills `#detail` with a plugin until closed. Its Close button calls `onLeave`. */
export function openDetail(file: string, charts: PageCharts, onLeave: () => void): PluginDetailPane {
  const { nowS } = charts;
  const body = createDetailBody(file, onLeave);
  byId('detail').replaceChildren(...body.elements);
  let known: PluginStatus | null = null;
  let metrics: PluginMetrics | null = null;
  let host = '';
  let isClosed = false;

  const load = oneAtATime(async () => {
    if (isClosed) return;
    const answer = await fetchAnswer<PluginAnswer>('/plugin.json', { name: file });
    if (isClosed) return;
    const detail = answer.ok ? answer.value.plugins.find((plugin) => plugin.file === file) : undefined;
    if (detail) {
      body.showNote(null);
      body.showRuns(detail, `${host}.${detail.name}.`, nowS());
    } else if (known) body.showNote(answer.ok ? answer.value.advice : onlySentence(answer.error));
  });

  function tick(): void {
    if (known) body.showFacts(pluginFacts(known, host, nowS()));
  }

  return {
    update(plugin, hostname) {
      if (!plugin) {
        known = null;
        body.showNote(onlySentence('There is no such plugin any more.'));
        return;
      }
      const isChanged = known !== plugin;
      known = plugin;
      host = hostname;
      body.showState(plugin);
      tick();
      if (!isChanged) return;
      if (!metrics) {
        metrics = createPluginMetrics(`${hostname}.${plugin.name}.`, charts);
        body.showMetrics(metrics.element);
      }
      metrics.refresh();
      void load();
    },
    tick,
    focus: body.focus,
    close() {
      isClosed = true;
      metrics?.close();
      byId('detail').replaceChildren();
    },
  };
}

function onlySentence(sentence: string): AdviceText {
  return { sentence, commands: [] };
}
