import type { MetricStatus } from '../../model/status.ts';
import { fetchAnswer } from './answers.ts';
import { element, setText } from './elements.ts';

const mostOffered = 100;

/** The field in which a metric's name is typed. */
export type Picker = { readonly element: HTMLElement; setHost(hostname: string): void; focus(): void };

/** Makes it. It offers names that begin as what was typed, with or without the host's in front; one that there is is told to `onPick`. */
export function createPicker(onPick: (metric: string) => void): Picker {
  let host = '';
  let isAsking = false;
  let isStale = false;
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

  const full = (typed: string) => (typed.startsWith(`${host}.`) ? typed : `${host}.${typed}`);

  async function offer(): Promise<void> {
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    const answer = await fetchAnswer<readonly MetricStatus[]>('/metrics.json', { prefix: full(input.value.trim()) });
    isAsking = false;
    const found = answer.ok ? answer.value.slice(0, mostOffered) : [];
    offers.replaceChildren(...found.map(({ metric }) => element('option', { value: metric.slice(host.length + 1) })));
    if (!isStale) return;
    isStale = false;
    void offer();
  }

  input.addEventListener('input', () => {
    setText(note, '');
    void offer();
  });
  input.addEventListener('focus', () => void offer());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const typed = input.value.trim();
    if (typed === '') return;
    const metric = full(typed);
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
