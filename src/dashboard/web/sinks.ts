import type { SinkStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { byId, type Child, createRefill, element, setText, untrusted } from './elements.ts';
import { sinkLook } from './order.ts';
import { badge, prose, reasonItem } from './parts.ts';
import { agoText, counted } from './words.ts';

/** Where samples go, and what waits for each. */
export type Sinks = { update(sinks: readonly SinkStatus[], nowS: number): void };

/** Makes it in `#sinks`. */
export function createSinks(): Sinks {
  const list = element('ul', { class: 'sinks' });
  const refill = createRefill(list);
  byId('sinks').append(element('h2', { id: 'sinks-title' }, 'Sinks'), list);
  let facts: readonly HTMLElement[] = [];
  return {
    update(sinks, nowS) {
      refill(
        sinks.map(({ name, state, address, trouble }) => [name, state, address, trouble]),
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
  return element(
    'li',
    {},
    prose('None: samples are sent nowhere. Give a key with -k or api_key under [collector], or a [sink:…] section.'),
  );
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
    ...(reason === null ? [] : [element('ul', { class: 'reasons' }, reasonItem(reason))]),
  );
}

function factsOf(sink: SinkStatus, nowS: number): readonly string[] {
  const { state, waitingSamples, oldestAtS, lastSentAtS, sentSamples, lostSamples, droppedSamples, troubleSinceS } =
    sink;
  return [
    ...(troubleSinceS !== null && state !== 'connected' && state !== 'new'
      ? [`for ${shortDuration(nowS - troubleSinceS)}`]
      : []),
    waitingSamples === 0
      ? 'nothing waits'
      : `${counted(waitingSamples, 'sample')} waiting${oldestAtS === null ? '' : `, the oldest of ${agoText(oldestAtS, nowS)}`}`,
    ...(lastSentAtS === null ? [] : [`last sent ${agoText(lastSentAtS, nowS)}`]),
    `${counted(sentSamples, 'sample')} sent`,
    ...(lostSamples > 0 ? [`${counted(lostSamples, 'sample')} lost to [spool] max_size`] : []),
    ...(droppedSamples > 0 ? [`${counted(droppedSamples, 'sample')} dropped: it will never take them`] : []),
  ];
}
