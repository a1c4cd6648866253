import type { Sparkline } from '../../model/metric.ts';
import type { PluginStatus } from '../../model/status.ts';
import { drawing, element, setAttribute, setText } from './elements.ts';
import { sparklineBox, sparklinePath, sparklineValue, sparklineWords, withoutLineWords } from './sparkline-path.ts';

/** The line of a plugin's most telling metric, without axes, and its last value. */
export type SparklineDrawing = {
  readonly element: HTMLElement;
  /** Null: there is none of this plugin. */
  show(line: Sparkline | null, plugin: Pick<PluginStatus, 'name' | 'lastReportAtS'>): void;
};

/** Makes a drawing without a line. Metric and last value are its description and its tooltip. */
export function createSparkline(): SparklineDrawing {
  const place = element('span', { class: 'sparkline' });
  let drawn: { readonly title: SVGTitleElement; readonly path: SVGPathElement; readonly last: HTMLElement } | null =
    null;

  /** Only rows that were in sight have a drawing: that of a thousand others would cost time. */
  function begin() {
    const [title, path] = [drawing('title', {}), drawing('path', {})];
    const last = element('span', { class: 'last', 'aria-hidden': 'true' }); // the title says it too
    place.append(drawing('svg', { role: 'img', ...sparklineBox }, title, path), last);
    return { title, path, last };
  }

  return {
    element: place,
    show(line, plugin) {
      drawn ??= begin();
      setText(drawn.title, line ? sparklineWords(line, plugin.name) : withoutLineWords(plugin));
      setText(drawn.last, line ? sparklineValue(line, plugin.name) : '');
      setAttribute(drawn.path, 'd', line ? sparklinePath(line.points) : '');
    },
  };
}
