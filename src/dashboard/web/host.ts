import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { createChartGrid } from './chart-grid.ts';
import { byId, element, setText } from './elements.ts';
import { createMetricPicker } from './picker.ts';
import { rememberCharts, rememberedCharts } from './remembered-charts.ts';

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

/** Charts of the host, and of any metric that the reader adds. */
export type HostSection = {
  /** To be called after each tick. */
  refresh(hostname: string): void;
};

/** Makes the section in `#host-metrics`. This browser remembers which charts the reader added. */
export function createHostSection(nowS: () => number): HostSection {
  const grid = createChartGrid(nowS);
  const note = element('p', { class: 'muted' });
  const added = new Set<string>(); // metrics whose charts the reader added, and may remove
  const picker = createMetricPicker((metric) => {
    add(metric);
    rememberCharts(added);
  });
  let host = '';
  let hasBegun = false;
  const title = element('h2', { id: 'host-metrics-title' }, 'Host');
  const head = element('div', { class: 'section-head' }, title, grid.spanButtons);
  byId('host-metrics').append(head, note, grid.element, picker.element);

  function add(metric: string): void {
    const name = metric.startsWith(`${host}.`) ? metric.slice(host.length + 1) : metric;
    if (grid.add(metric, name, () => remove(metric))) added.add(metric);
  }

  function remove(metric: string): void {
    grid.remove(metric);
    added.delete(metric);
    rememberCharts(added);
    picker.focus();
  }

  /** Adds the first charts, once there are host metrics. */
  async function begin(): Promise<void> {
    const answers = await Promise.all(
      hostPrefixes.map((prefix) =>
        fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix: `${host}.${prefix}` }),
      ),
    );
    const errors = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
    const metrics = answers.flatMap((answer) => (answer.ok ? answer.value : []));
    const names = metrics.map(({ metric }) => metric.slice(host.length + 1));
    const none = names.length === 0 ? 'No host metrics yet: they come with the next tick.' : '';
    setText(note, errors[0] ?? none);
    if (names.length === 0) {
      hasBegun = false; // tried again at the next tick
      return;
    }
    for (const name of shownAlways(names)) grid.add(`${host}.${name}`, name, null);
    for (const metric of rememberedCharts()) add(metric);
  }

  return {
    refresh(hostname) {
      host = hostname;
      picker.setHost(hostname);
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
