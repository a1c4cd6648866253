import type { MetricStatus } from '../../model/status.ts';
import { fetchAnswer } from './answers.ts';
import { type ChartCard, createChartCard } from './chart-card.ts';
import { byId, element, setText } from './elements.ts';
import { createPicker } from './picker.ts';
import { createSpanChoice } from './span.ts';

const places = ['cpu.', 'memory.', 'load.', 'disk.'];
const wanted = [
  /^cpu\.in_use$/,
  /^memory\.(available|free)_percent$/,
  /^load\.1min$/,
  /^disk\.(root|C)\.available_percent$/,
  /^disk\.[^.]+\.available_percent$/,
];
const kept = 'instrument_server.charts';

/** Charts of the host, and of whatever metric is added. */
export type HostSection = {
  /** There was a tick, or the host's name was learnt. */
  refresh(hostname: string): void;
};

/** Makes them in `#host-metrics`. What is added is remembered in this browser. */
export function createHostSection(nowS: () => number): HostSection {
  const cards = new Map<string, ChartCard>();
  const span = createSpanChoice(refreshCards);
  const grid = element('div', { class: 'cards' });
  const note = element('p', { class: 'muted' });
  const picker = createPicker((metric) => {
    add(metric, true);
    remember();
  });
  let host = '';
  let isAsked = false;
  byId('host-metrics').append(
    element('div', { class: 'section-head' }, element('h2', { id: 'host-metrics-title' }, 'Host'), span.element),
    note,
    grid,
    picker.element,
  );

  function refreshCards(): void {
    for (const card of cards.values()) card.refresh();
  }

  function add(metric: string, isOwn: boolean): void {
    if (cards.has(metric)) return;
    const title = metric.startsWith(`${host}.`) ? metric.slice(host.length + 1) : metric;
    const card = createChartCard({
      metric,
      title,
      span: span.current,
      nowS,
      onRemove: isOwn ? () => remove(metric) : null,
    });
    if (isOwn) card.element.classList.add('own');
    cards.set(metric, card);
    grid.append(card.element);
  }

  function remove(metric: string): void {
    const card = cards.get(metric);
    card?.close();
    card?.element.remove();
    cards.delete(metric);
    remember();
    picker.focus();
  }

  function remember(): void {
    const own = [...cards].filter(([, card]) => card.element.classList.contains('own')).map(([metric]) => metric);
    try {
      localStorage.setItem(kept, JSON.stringify(own));
    } catch {
      // a browser that keeps nothing: they are there until the page is closed
    }
  }

  async function begin(): Promise<void> {
    const answers = await Promise.all(
      places.map((place) => fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix: `${host}.${place}` })),
    );
    const names = answers.flatMap((answer) =>
      answer.ok ? answer.value.map(({ metric }) => metric.slice(host.length + 1)) : [],
    );
    const failure = answers.find((answer) => !answer.ok);
    setText(
      note,
      failure && !failure.ok
        ? failure.error
        : names.length === 0
          ? 'No host metrics yet: they come with the next tick.'
          : '',
    );
    if (names.length === 0) {
      isAsked = false; // asked again at the next tick
      return;
    }
    const chosen = new Set(wanted.flatMap((pattern) => names.find((name) => pattern.test(name)) ?? []).slice(0, 4));
    for (const name of chosen) add(`${host}.${name}`, false);
    for (const metric of remembered()) add(metric, true);
  }

  return {
    refresh(hostname) {
      host = hostname;
      picker.setHost(hostname);
      if (!isAsked) {
        isAsked = true;
        void begin();
      }
      refreshCards();
    },
  };
}

function remembered(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(kept) ?? '[]');
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string').slice(0, 50) : [];
  } catch {
    return [];
  }
}
