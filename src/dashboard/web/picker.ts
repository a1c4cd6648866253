import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { element, setText } from './elements.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { PageCharts } from './page-charts.ts';

const mostOffered = 100;

/** A field in which the reader types the name of a metric. */
export type MetricPicker = { readonly element: HTMLFormElement; focus(): void };

/** `id` is the field's, and must be unique in the page. `button` submits what was typed. */
export type PickerTexts = { readonly id: string; readonly label: string; readonly button: string };

/**
 * Makes the field. It offers metrics whose names begin with the typed text, with or without the
 * host's name. Calls `onPick` with the name of an existing metric.
 */
export function createMetricPicker(
  charts: PageCharts,
  { id, label, button }: PickerTexts,
  onPick: (metric: string) => void,
): MetricPicker {
  const offers = element('datalist', { id: `${id}-offers` });
  const input = element('input', {
    id,
    type: 'text',
    list: offers.id,
    placeholder: 'plugin.metric',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const note = element('span', { class: 'muted', role: 'status' });
  const form = element(
    'form',
    { class: 'picker' },
    element('label', { for: id }, label),
    input,
    element('button', { type: 'submit' }, button),
    offers,
    note,
  );

  const offer = oneAtATime(async () => {
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', {
      prefix: charts.metricOf(input.value.trim()),
    });
    const found = answer.ok ? answer.value.slice(0, mostOffered) : [];
    offers.replaceChildren(...found.map(({ metric }) => element('option', { value: charts.nameOf(metric) })));
  });

  input.addEventListener('input', () => {
    setText(note, '');
    void offer();
  });
  input.addEventListener('focus', () => void offer());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const typed = input.value.trim();
    if (typed === '') return;
    const metric = charts.metricOf(typed);
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix: metric });
    if (!answer.ok) return setText(note, answer.error);
    if (!answer.value.some((known) => known.metric === metric)) return setText(note, 'there is no metric of this name');
    input.value = '';
    onPick(metric);
  });
  return { element: form, focus: () => input.focus() };
}
