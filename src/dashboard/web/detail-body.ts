import type { PluginDetail, PluginStatus } from '../../model/status.ts';
import { stateWord } from '../../words/state-word.ts';
import { createRefill, element, untrusted } from './elements.ts';
import { endingList } from './endings.ts';
import { reasonsOnPage } from './evidence.ts';
import type { PluginFact } from './facts.ts';
import { pluginLook } from './order.ts';
import { outputTable } from './output.ts';
import { type AdviceText, adviceParts, badge, reasonItems } from './parts.ts';
import { createRunCharts } from './run-charts.ts';
import { settingsTable } from './settings.ts';

/**
 * The elements of one plugin's details. Each function fills its part, and only if that changed.
 */
export type DetailBody = {
  readonly elements: readonly HTMLElement[];
  /** Says above all else what is wrong with the details; null: nothing is. */
  showNote(note: AdviceText | null): void;
  showState(plugin: PluginStatus): void;
  showFacts(facts: readonly PluginFact[]): void;
  /** Shows output, recent runs and settings. `prefix` is left out of metric names. */
  showRuns(detail: PluginDetail, prefix: string, nowS: number): void;
  showMetrics(metrics: HTMLElement): void;
  /** Moves the keyboard focus to the title. */
  focus(): void;
};

/** Makes the elements. At first they show the file's name and a button that calls `onClose`. */
export function createDetailBody(file: string, onClose: () => void): DetailBody {
  const title = element('h2', { id: 'detail-title', tabindex: '-1' }, ...untrusted(file));
  const state = element('span');
  const back = element('span', { class: 'narrow-only' }, '‹ Overview');
  const close = element(
    'button',
    { type: 'button', class: 'close' },
    element('span', { class: 'wide-only' }, 'Close'),
    back,
  );
  close.addEventListener('click', onClose);
  const note = element('div', { class: 'note muted', role: 'status' });
  const facts = element('dl', { class: 'fact-list' });
  const metrics = element('div');
  const reasons = titled('Why', element('ul', { class: 'reasons' }));
  const output = titled('Last output', element('div'));
  const stderr = titled('stderr', element('div'));
  const charts = createRunCharts();
  const runs = element('section', {}, element('h3', {}, 'Last runs'), charts.element);
  const endings = titled('Last endings', element('ol', { class: 'endings' }));
  const settings = titled('Settings', element('div'));
  const parts = [stderr.section, output.section, metrics, runs, endings.section, settings.section];
  const [refillNote, refillState, refillFacts] = [createRefill(note), createRefill(state), createRefill(facts)];
  return {
    elements: [
      element('div', { class: 'pane-head' }, title, state, close),
      element('div', { class: 'scroll detail-body' }, note, reasons.section, facts, ...parts),
    ],
    showNote(advice) {
      refillNote(advice, () => (advice ? adviceParts(advice) : []));
    },
    showState(plugin) {
      const look = pluginLook(plugin);
      refillState([stateWord(plugin), look], () => [badge(look, stateWord(plugin))]);
      reasons.section.hidden = plugin.reasons.length === 0;
      reasons.refill(plugin.reasons, () => reasonItems(reasonsOnPage(plugin)));
    },
    showFacts(all) {
      refillFacts(all, () =>
        all.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, ...untrusted(text))]),
      );
    },
    showRuns(detail, prefix, nowS) {
      output.refill(detail.output, () => outputTable(detail.output, prefix, detail.looksLike !== null));
      stderr.section.hidden = detail.stderr.length === 0;
      stderr.refill(detail.stderr, () => [
        element('pre', { class: 'stderr' }, ...detail.stderr.flatMap((line) => [...untrusted(line), '\n'])),
      ]);
      const lastGood = detail.lastRun?.checkState === undefined ? 0 : 3; // the states of a check
      charts.update(detail.recentRuns, nowS, lastGood);
      endings.section.hidden = detail.recentRuns.length === 0;
      endings.refill(detail.recentRuns, () => endingList(detail.recentRuns, nowS, lastGood));
      settings.section.hidden = detail.settings.length === 0;
      settings.refill(detail.settings, () => settingsTable(detail.settings));
    },
    showMetrics(section) {
      metrics.replaceChildren(section);
    },
    focus: () => title.focus(),
  };
}

function titled(title: string, content: HTMLElement) {
  const section = element('section', {}, element('h3', {}, title), content);
  return { section, refill: createRefill(content) };
}
