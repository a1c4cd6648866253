import { spanOf } from './chart-view.ts';
import type { PageCharts } from './page-charts.ts';
import { soFar } from './span.ts';
import { hashOfView, isPlace, type LinkedView, linkedView } from './view-link.ts';

/**
 * Keeps the view in the page's address, without a step in the browser's history: who opens that
 * address sees the same plugin, time and charts. Follows the address when it changes. What an
 * address does not say stays as it is, so that a link to a plugin changes no chart. Of an
 * address that the page itself wrote, only the plugin is followed: Back and Forward undo no choice.
 */
export function keepViewInAddress({ view, reader }: PageCharts): void {
  let plugin = linkedView(location.hash).plugin;

  function follow(): void {
    if (isPlace(location.hash)) return;
    plugin = linkedView(location.hash).plugin;
    if (!isOwn()) obey(linkedView(location.hash));
    write();
  }

  function obey(linked: LinkedView): void {
    const span = spanOf(linked.span);
    if (span && (span !== view.span() || !linked.window)) view.choose(span);
    if (linked.window) view.zoom(linked.window);
    if (linked.charts.length > 0 || linked.seconds.size > 0) reader.follow(linked.charts, linked.seconds);
  }

  function write(): void {
    const span = view.span() === soFar ? null : view.span().key;
    const charts = { charts: reader.added(), seconds: reader.seconds() };
    const hash = hashOfView({ plugin, span, window: view.window(), ...charts });
    if (hash !== location.hash || !isOwn())
      history.replaceState({ isOwn: true }, '', `${location.pathname}${location.search}${hash}`);
  }

  obey(linkedView(location.hash)); // also of its own address: after a reload, what the page knew is gone
  if (!isPlace(location.hash)) write();
  view.onChange(write);
  reader.onChange(write);
  addEventListener('hashchange', follow);
}

/** Whether the page wrote the address of this entry in the browser's history. */
function isOwn(): boolean {
  return history.state?.isOwn === true;
}
