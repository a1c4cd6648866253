import type { PluginAnswer, PluginDetail, PluginStatus } from '../../model/status.ts';
import { fetchAnswer } from './answers.ts';
import { durationsChart } from './durations.ts';
import { byId, createRefill, element, setText, untrusted } from './elements.ts';
import { pluginFacts } from './facts.ts';
import { createPluginMetrics, type PluginMetrics } from './metrics.ts';
import { pluginLook } from './order.ts';
import { outputTable } from './output.ts';
import { badge, reasonItem, reasonsKey } from './parts.ts';

/** Everything about one plugin. */
export type Detail = {
  /** What is known from the list; asks for the rest. Null: it is not, or no longer, there. */
  update(plugin: PluginStatus | null, hostname: string): void;
  /** What counts up. */
  tick(): void;
  focus(): void;
  close(): void;
};

/** Fills `#detail` with the plugin of a file, until closed. `onLeave` is what its way back does. */
export function openDetail(file: string, nowS: () => number, onLeave: () => void): Detail {
  const title = element('h2', { id: 'detail-title', tabindex: '-1' }, ...untrusted(file));
  const state = element('span');
  const back = element('button', { type: 'button', class: 'back' }, 'Close');
  back.addEventListener('click', onLeave);
  const [facts, reasons, output, stderr, durations] = [
    element('dl', { class: 'fact-list' }),
    element('ul', { class: 'reasons' }),
    element('div'),
    element('div'),
    element('div'),
  ];
  const note = element('p', { class: 'muted', role: 'status' });
  const section = (name: string, content: HTMLElement) => element('section', {}, element('h3', {}, name), content);
  const why = section('Why', reasons);
  const standing = section('stderr', stderr);
  const metricsPlace = element('div');
  const body = element(
    'div',
    { class: 'scroll detail-body' },
    note,
    why,
    facts,
    section('Last output', output),
    standing,
    section('Durations', durations),
    metricsPlace,
  );
  byId('detail').replaceChildren(element('div', { class: 'pane-head' }, title, state, back), body);
  const refills = {
    state: createRefill(state),
    reasons: createRefill(reasons),
    output: createRefill(output),
    stderr: createRefill(stderr),
    durations: createRefill(durations),
  };
  const fillFacts = createRefill(facts);
  let known: PluginStatus | null = null;
  let metrics: PluginMetrics | null = null;
  let host = '';
  let [isAsking, isStale, isClosed] = [false, false, false];

  async function load(): Promise<void> {
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    const answer = await fetchAnswer<PluginAnswer>('/plugin.json', { name: file });
    isAsking = false;
    if (isClosed) return;
    const detail = answer.ok ? answer.value.plugins.find((plugin) => plugin.file === file) : undefined;
    if (detail) show(detail);
    else if (known) setText(note, answer.ok ? (answer.value.missing ?? '') : answer.error);
    if (!isStale) return;
    isStale = false;
    await load();
  }

  function show(detail: PluginDetail): void {
    setText(note, '');
    refills.output(detail.output, () => outputTable(detail.output, `${host}.${detail.name}.`));
    standing.hidden = detail.stderr.length === 0;
    refills.stderr(detail.stderr, () => [
      element('pre', { class: 'stderr' }, ...detail.stderr.flatMap((line) => [...untrusted(line), '\n'])),
    ]);
    refills.durations(detail.recentRuns, () => durationsChart(detail.recentRuns, nowS()));
  }

  function tick(): void {
    if (!known) return;
    const now = known;
    const all = pluginFacts(now, host, nowS());
    fillFacts(all, () =>
      all.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, ...untrusted(text))]),
    );
  }

  return {
    update(plugin, hostname) {
      if (!plugin) {
        known = null;
        setText(note, 'There is no such plugin any more.');
        return;
      }
      const isNews = known !== plugin;
      known = plugin;
      host = hostname;
      refills.state([plugin.state, pluginLook(plugin)], () => [badge(pluginLook(plugin), plugin.state)]);
      why.hidden = plugin.reasons.length === 0;
      refills.reasons(reasonsKey(plugin.reasons), () => plugin.reasons.map(reasonItem));
      tick();
      if (!isNews) return;
      if (!metrics) {
        metrics = createPluginMetrics(`${hostname}.${plugin.name}.`, nowS);
        metricsPlace.replaceChildren(metrics.element);
      }
      metrics.refresh();
      void load();
    },
    tick,
    focus: () => title.focus(),
    close() {
      isClosed = true;
      metrics?.close();
      byId('detail').replaceChildren();
    },
  };
}
