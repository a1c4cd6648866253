import { visible } from '../../words/visible.ts';
import { type Child, createRefill, element, setText, untrusted } from './elements.ts';
import type { PageCharts } from './page-charts.ts';
import { createMetricPicker, type MetricPicker } from './picker.ts';

/** The elements of a chart's card, and what fills them. No call changes the card's height. */
export type CardElements = {
  readonly card: HTMLElement;
  readonly canvas: HTMLElement;
  /** Shows values with their units, and the time that they are of: a full one needs more room. */
  showValues(values: readonly string[], time: string, isFull: boolean): void;
  showCaption(text: string): void;
  /** Names the second metric; null: there is none. */
  showSecond(name: string | null): void;
};

/** `onSecond` gets the second metric that the reader chose; null: none any more. */
export type CardCalls = {
  readonly onRemove: (() => void) | null;
  readonly onSecond: (metric: string | null) => void;
};

let cards = 0; // for ids: those of one page

/** Makes the elements of a card: names, values, a chart, a caption, and buttons. */
export function createCardElements(charts: PageCharts, title: string, { onRemove, onSecond }: CardCalls): CardElements {
  const values = element('span', { class: 'values' });
  const time = element('span', { class: 'muted time' });
  const refill = createRefill(values);
  const canvas = element('div', { class: 'canvas', role: 'img', 'aria-label': `Chart of ${visible(title)}` });
  const caption = element('figcaption', { class: 'muted' }, '…');
  const second = element('div', { class: 'metric second-metric' });
  const names = element('div', { class: 'names' }, element('div', { class: 'metric' }, ...breakable(title)));
  const change = element('button', { type: 'button', class: 'quiet' });
  const head = element('div', { class: 'card-head' }, names, change);
  const area = element('div', { class: 'chart-area' }, canvas);
  const readOut = element('div', { class: 'read-out' }, values, time);
  const card = element('figure', { class: 'card' }, head, readOut, area, caption);
  let picker: MetricPicker | null = null;
  let hasSecond = false;
  if (onRemove) head.append(removeButton(title, onRemove));

  function closePicker(): void {
    picker?.element.remove();
    picker = null;
    change.setAttribute('aria-expanded', 'false');
  }

  function leavePicker(): void {
    closePicker();
    change.focus();
  }

  function openPicker(): void {
    cards += 1;
    const texts = { id: `second-metric-${cards}`, label: 'Draw in this chart, too', button: 'Draw' };
    picker = createMetricPicker(charts, texts, (metric) => {
      leavePicker();
      onSecond(metric);
    });
    area.append(picker.element); // over the chart: the card keeps its height
    change.setAttribute('aria-expanded', 'true');
    picker.focus();
  }

  card.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !picker) return;
    event.stopPropagation(); // it closes the picker, and nothing else
    leavePicker();
  });
  change.addEventListener('click', () => {
    if (hasSecond) onSecond(null);
    else if (picker) closePicker();
    else openPicker();
  });
  function showSecond(name: string | null): void {
    hasSecond = name !== null;
    card.classList.toggle('has-second', hasSecond);
    second.replaceChildren(...(name === null ? [] : breakable(name)));
    if (hasSecond) names.append(second);
    else second.remove();
    setText(change, hasSecond ? '−' : '+');
    const words = name === null ? 'A second metric in' : `Take ${visible(name)} out of`;
    for (const attribute of ['aria-label', 'title'])
      change.setAttribute(attribute, `${words} the chart of ${visible(title)}`);
    if (hasSecond) change.removeAttribute('aria-expanded');
    else change.setAttribute('aria-expanded', 'false');
  }
  showSecond(null);

  return {
    card,
    canvas,
    showValues(texts, timeText, isFull) {
      card.classList.toggle('has-full-times', isFull);
      refill(texts, () => texts.map((text) => element('span', { class: 'value' }, text)));
      setText(time, timeText);
    },
    showCaption: (text) => setText(caption, text),
    showSecond,
  };
}

function removeButton(title: string, onRemove: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'quiet' }, '×');
  button.setAttribute('aria-label', `Remove the chart of ${visible(title)}`);
  button.addEventListener('click', onRemove);
  return button;
}

/** The nodes of a metric's name, which may wrap after each dot and underscore. */
function breakable(name: string): readonly Child[] {
  return name.split(/(?<=[._])/).flatMap((part) => [...untrusted(part), element('wbr')]);
}
