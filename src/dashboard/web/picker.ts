import type { MetricStatus } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { element, setText } from './elements.ts';
import { oneAtATime } from './one-at-a-time.ts';

const mostOffered = 100;

/** A field in which the reader types the name of a metric. */
export type MetricPicker = {
  readonly element: HTMLElement;
  setHost(hostname: string): void;
  focus(): void;
};

/**
 * Makes the field. It offers metrics whose names begin with the typed text, with or without the
 * host's name. Calls `onPick` with the name of an existing metric.
 */
export function createMetricPicker(onPick: (metric: string) => void): MetricPicker {
  let host = '';
  const offers = element('datalist', { id: 'metric-names' });
  const input = element('input', {
    id: 'metric-name',
    type: 'text',
    list: 'metric-names',
    placeholder: 'plugin.metric',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const note = element('span', { class: 'muted', role: 'status' });
  const form = element(
    'form',
    { class: 'picker' },
    element('label', { for: 'metric-name' }, 'Add a chart of'),
    input,
    element('button', { type: 'submit' }, 'Add'),
    offers,
    note,
  );

  const fullName = (typed: string) => (typed.startsWith(`${host}.`) ? typed : `${host}.${typed}`);

  const offer = oneAtATime(async () => {
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', {
      prefix: fullName(input.value.trim()),
    });
    const found = answer.ok ? answer.value.slice(0, mostOffered) : [];
    offers.replaceChildren(...found.map(({ metric }) => element('option', { value: metric.slice(host.length + 1) })));
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
    const metric = fullName(typed);
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix: metric });
    if (!answer.ok) return setText(note, answer.error);
    if (!answer.value.some((known) => known.metric === metric)) return setText(note, 'there is no metric of this name');
    input.value = '';
    onPick(metric);
  });
  return {
    element: form,
    setHost(hostname) {
      host = hostname;
    },
    focus: () => input.focus(),
  };
}
