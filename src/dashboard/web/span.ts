import { element } from './elements.ts';

/** How far back charts look. A chart younger than `freshForS` is not fetched again. */
export type ChartSpan = { readonly name: string; readonly seconds: number; readonly freshForS: number };

const hour: ChartSpan = { name: 'hour', seconds: 3600, freshForS: 0 };
const spans: readonly ChartSpan[] = [
  hour,
  { name: 'day', seconds: 86_400, freshForS: 60 },
  { name: 'week', seconds: 7 * 86_400, freshForS: 300 },
];

/** The buttons that choose an hour, a day or a week. */
export type SpanChoice = { readonly element: HTMLElement; current(): ChartSpan };

/** Makes the buttons. The hour is chosen first. */
export function createSpanChoice(onChange: () => void): SpanChoice {
  let current = hour;
  const buttons = spans.map((span) => {
    const button = element('button', { type: 'button', 'aria-pressed': String(span === current) }, span.name);
    button.addEventListener('click', () => {
      current = span;
      for (const [index, each] of buttons.entries()) each.setAttribute('aria-pressed', String(spans[index] === span));
      onChange();
    });
    return button;
  });
  return {
    element: element('div', { class: 'spans', role: 'group', 'aria-label': 'Charts of the last' }, ...buttons),
    current: () => current,
  };
}
