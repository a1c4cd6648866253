import { element } from './elements.ts';
import type { ShownTime } from './series.ts';

/**
 * How far back charts look. `words` stand behind "the last". A chart younger than `freshForS` is
 * not fetched again. `isFitted`: a chart begins with its first sample, if that is younger.
 */
export type ChartSpan = ShownTime & { readonly name: string; readonly words: string; readonly freshForS: number };

const [minuteS, hourS, dayS] = [60, 3600, 86_400];

const soFar: ChartSpan = { name: 'so far', words: 'hour', seconds: hourS, freshForS: 0, isFitted: true };
const spans: readonly ChartSpan[] = [
  soFar,
  { name: '5 min', words: '5 minutes', seconds: 5 * minuteS, freshForS: 0, isFitted: false },
  { name: '15 min', words: '15 minutes', seconds: 15 * minuteS, freshForS: 0, isFitted: false },
  { name: 'hour', words: 'hour', seconds: hourS, freshForS: 0, isFitted: false },
  { name: 'day', words: 'day', seconds: dayS, freshForS: 60, isFitted: false },
  { name: 'week', words: 'week', seconds: 7 * dayS, freshForS: 300, isFitted: false },
];

/** The buttons that choose how far back charts look. */
export type SpanChoice = { readonly element: HTMLElement; current(): ChartSpan };

/** Makes the buttons. At first charts show what there is, up to an hour. */
export function createSpanChoice(onChange: () => void): SpanChoice {
  let current = soFar;
  const buttons = spans.map((span) => {
    const title = span.isFitted ? { title: 'As long as there is, up to an hour' } : {};
    const button = element('button', { type: 'button', 'aria-pressed': String(span === current), ...title }, span.name);
    button.addEventListener('click', () => {
      current = span;
      for (const [index, each] of buttons.entries()) each.setAttribute('aria-pressed', String(spans[index] === span));
      onChange();
    });
    return button;
  });
  return {
    element: element('div', { class: 'spans', role: 'group', 'aria-label': 'How far back charts look' }, ...buttons),
    current: () => current,
  };
}
