import type { SinkStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { byId, type Child, createRefill, element, setText, untrusted } from './elements.ts';
import { sinkLook } from './order.ts';
import { badge, reasonItems } from './parts.ts';
import { agoText, readableCount } from './words.ts';

/** The list of sinks, with what waits for each. */
export type SinkList = { update(sinks: readonly SinkStatus[], nowS: number): void };

/** Makes the list in `#sinks`. */
export function createSinkList(): SinkList {
  const list = element('ul', { class: 'sinks' });
  const refill = createRefill(list);
  byId('sinks').append(element('h2', { id: 'sinks-title' }, 'Sinks'), list);
  let facts: readonly HTMLElement[] = [];
  return {
    update(sinks, nowS) {
      refill(
        sinks.map(({ name, state, address, reason }) => [name, state, address, reason]),
        () => {
          facts = sinks.map(() => element('p', { class: 'facts' }));
          return sinks.length === 0 ? [noSink()] : sinks.map((sink, index) => sinkItem(sink, facts[index] ?? ''));
        },
      );
      for (const [index, sink] of sinks.entries()) {
        const target = facts[index];
        if (target) setText(target, factsOf(sink, nowS).join(' · '));
      }
    },
  };
}

function noSink(): HTMLElement {
  const cure = 'Give a key with -k or api_key under [collector], or a [sink:…] section.';
  return element('li', {}, element('p', {}, `None: samples are sent nowhere. ${cure}`));
}

function sinkItem({ name, address, state, reason }: SinkStatus, facts: Child): HTMLElement {
  return element(
    'li',
    { class: 'sink' },
    element(
      'div',
      { class: 'sink-head' },
      element('strong', {}, ...untrusted(name)),
      badge(sinkLook(state), state),
      element('span', { class: 'muted path' }, ...untrusted(address)),
    ),
    facts,
    ...(reason === null ? [] : [element('ul', { class: 'reasons' }, ...reasonItems([reason]))]),
  );
}

function factsOf(sink: SinkStatus, nowS: number): readonly string[] {
  const { state, waitingSamples, oldestAtS, lastSentAtS, sentSamples, lostSamples, droppedSamples, troubleSinceS } =
    sink;
  const oldest = oldestAtS === null ? '' : `, the oldest from ${agoText(oldestAtS, nowS)}`;
  return [
    ...(troubleSinceS !== null && state !== 'connected' && state !== 'new'
      ? [`for ${shortDuration(nowS - troubleSinceS)}`]
      : []),
    waitingSamples === 0 ? 'nothing waits' : `${readableCount(waitingSamples, 'sample')} waiting${oldest}`,
    ...(lastSentAtS === null ? [] : [`last sent ${agoText(lastSentAtS, nowS)}`]),
    `${readableCount(sentSamples, 'sample')} sent`,
    ...(lostSamples > 0 ? [`${readableCount(lostSamples, 'sample')} lost to [spool] max_size`] : []),
    ...(droppedSamples > 0
      ? [`${readableCount(droppedSamples, 'sample')} dropped because the sink will never accept them`]
      : []),
  ];
}
