import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { createChartGrid } from './chart-grid.ts';
import { byId, element, setText } from './elements.ts';
import type { PageCharts } from './page-charts.ts';
import { createMetricPicker } from './picker.ts';

/** Prefixes of the host metrics among which the charts that are always shown are chosen. */
const hostPrefixes = ['cpu.', 'memory.', 'load.', 'disk.'];
/**
 * The charts that are always shown: of each pattern the first metric that matches, four in all.
 */
const shownPatterns = [
  /^cpu\.in_use$/,
  /^memory\.(available|free)_percent$/,
  /^load\.1min$/,
  /^disk\.(root|C)\.available_percent$/,
  /^disk\.[^.]+\.available_percent$/,
];

/** Charts of the host, and the field that adds charts to those of the plugins. */
export type HostSection = {
  /** To be called after each tick. */
  refresh(): void;
};

/** Makes the section in `#host-metrics`. */
export function createHostSection(charts: PageCharts): HostSection {
  const { nameOf, metricOf } = charts;
  const grid = createChartGrid(charts);
  const note = element('p', { class: 'muted' });
  const texts = { id: 'metric-name', label: 'Add a chart of', button: 'Add' };
  const picker = createMetricPicker(charts, texts, (metric) => {
    charts.reader.add(metric);
    for (const card of document.querySelectorAll<HTMLElement>('#plugin-charts .card'))
      if (card.dataset['metric'] === metric) card.scrollIntoView({ block: 'nearest' });
  });
  let hasBegun = false;
  const title = element('h2', { id: 'host-metrics-title' }, 'Host');
  byId('host-metrics').append(title, note, grid.element, picker.element);

  /** Adds the charts, once there are host metrics. */
  async function begin(): Promise<void> {
    const answers = await Promise.all(
      hostPrefixes.map((prefix) => fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix: metricOf(prefix) })),
    );
    const errors = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
    const metrics = answers.flatMap((answer) => (answer.ok ? answer.value : []));
    const names = metrics.map(({ metric }) => nameOf(metric));
    const none = names.length === 0 ? 'No host metrics yet: they come with the next tick.' : '';
    setText(note, errors[0] ?? none);
    if (names.length === 0) hasBegun = false; // tried again at the next tick
    grid.show([...shownAlways(names)].map((name) => ({ metric: metricOf(name), title: name, onRemove: null })));
  }

  return {
    refresh() {
      if (!hasBegun) {
        hasBegun = true;
        void begin();
      }
      grid.refresh();
    },
  };
}

function shownAlways(names: readonly string[]): ReadonlySet<string> {
  const found = shownPatterns.flatMap((pattern) => names.find((name) => pattern.test(name)) ?? []);
  return new Set(found.slice(0, 4));
}
