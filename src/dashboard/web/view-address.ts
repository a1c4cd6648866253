import { spanOf } from './chart-view.ts';
import type { PageCharts } from './page-charts.ts';
import { soFar } from './span.ts';
import { hashOfView, isPlace, linkedView } from './view-link.ts';

/**
 * Keeps the view in the page's address, without a step in the browser's history: who opens that
 * address sees the same plugin, time and charts. Follows the address when it changes. What an
 * address does not say stays as it is, so that a link to a plugin changes no chart.
 */
export function keepViewInAddress({ view, reader }: PageCharts): void {
  let plugin = linkedView(location.hash).plugin;

  function follow(): void {
    if (isPlace(location.hash)) return;
    const linked = linkedView(location.hash);
    plugin = linked.plugin;
    const span = spanOf(linked.span);
    if (span && (span !== view.span() || !linked.window)) view.choose(span);
    if (linked.window) view.zoom(linked.window);
    if (linked.charts.length > 0 || linked.seconds.size > 0) reader.follow(linked.charts, linked.seconds);
    write();
  }

  function write(): void {
    const span = view.span() === soFar ? null : view.span().key;
    const charts = { charts: reader.added(), seconds: reader.seconds() };
    const hash = hashOfView({ plugin, span, window: view.window(), ...charts });
    if (hash !== location.hash)
      history.replaceState(history.state, '', `${location.pathname}${location.search}${hash}`);
  }

  follow();
  view.onChange(write);
  reader.onChange(write);
  addEventListener('hashchange', follow);
}
