import type { ChartView } from './chart-view.ts';
import { element, setAttribute, setText } from './elements.ts';
import { chartSpans } from './span.ts';
import type { ZoomStep } from './zoom.ts';

/** The buttons that choose which part of time all charts show, and how times are written. */
export type ChartBar = { readonly element: HTMLElement; close(): void };

const steps: readonly { readonly step: ZoomStep; readonly sign: string; readonly name: string }[] = [
  { step: 'earlier', sign: '‹', name: 'Earlier' },
  { step: 'later', sign: '›', name: 'Later' },
  { step: 'in', sign: '+', name: 'Zoom in' },
  { step: 'out', sign: '−', name: 'Zoom out' },
];

const hint = 'Drag over a chart to zoom in; a double click leads back.';

/** Makes the buttons. They follow the view until closed. */
export function createChartBar(view: ChartView): ChartBar {
  const spans = chartSpans.map((span) => {
    const button = pressButton(span.name, () => view.choose(span));
    if (span.isFitted) button.title = 'As long as there is, up to an hour';
    return { span, button };
  });
  const zooms = steps.map(({ step, sign, name }) => {
    const button = pressButton(sign, () => view.step(step));
    for (const attribute of ['aria-label', 'title']) button.setAttribute(attribute, name);
    return button;
  });
  const back = pressButton('Back', () => {
    if (view.window()) view.zoom(null);
  });
  back.title = 'Back to the present; so does a double click on a chart';
  const full = pressButton('Full times', () => view.writeFullTimes(!view.hasFullTimes()));
  full.title = 'Times with their date, seconds, and distance from UTC';
  const shown = element('span', { class: 'muted shown-time', role: 'status' });

  function update(): void {
    const window = view.window();
    for (const { span, button } of spans)
      setAttribute(button, 'aria-pressed', String(window === null && span === view.span()));
    setAttribute(full, 'aria-pressed', String(view.hasFullTimes()));
    setAttribute(back, 'aria-disabled', String(window === null)); // a disabled one would lose the focus
    shown.classList.toggle('hint', window === null);
    setText(shown, window ? `${view.timeText(window.fromS)} to ${view.timeText(window.toS)}` : hint);
  }
  update();
  const close = view.onChange(update);
  const group = (name: string, ...buttons: readonly HTMLElement[]) =>
    element('div', { class: 'spans', role: 'group', 'aria-label': name }, ...buttons);
  return {
    element: element(
      'div',
      { class: 'chart-bar' },
      group('How far back charts look', ...spans.map(({ button }) => button)),
      group('Part of time', ...zooms, back, full),
      shown,
    ),
    close,
  };
}

function pressButton(text: string, onPress: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button' }, text);
  button.addEventListener('click', onPress);
  return button;
}
