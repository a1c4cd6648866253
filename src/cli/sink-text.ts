import type { SinkStatus, Status } from '../model/status.ts';
import { counted } from '../words/counted.ts';
import { shortDuration } from '../words/duration.ts';
import { visible } from '../words/visible.ts';
import { ago, type Colour, paint, type RenderOptions } from './rendering.ts';

const sinkColours: Readonly<Record<SinkStatus['state'], Colour>> = {
  new: 'gray',
  connected: 'green',
  away: 'yellow',
  busy: 'yellow',
  refused: 'red',
};

/** Returns the lines of `status` on all sinks. */
export function sinkLines({ sinks, atS, dashboardUrl }: Status, options: RenderOptions): readonly string[] {
  if (sinks.length === 0 && dashboardUrl !== null)
    return [`sinks: none; samples are kept for the page, ${dashboardUrl}`];
  if (sinks.length === 0)
    return [
      'sinks: none, so samples are sent nowhere; ' +
        'give a key with -k or api_key under [collector], or a [sink:…] section',
    ];
  const width = Math.max(...sinks.map(({ name }) => name.length));
  return ['sinks:', ...sinks.flatMap((sink) => sinkEntry(sink, width, atS, options))];
}

function sinkEntry(sink: SinkStatus, width: number, atS: number, { colours }: RenderOptions): readonly string[] {
  const {
    name,
    address,
    state,
    waitingSamples,
    oldestAtS,
    lostSamples,
    droppedSamples,
    trouble,
    troubleSinceS,
    sentSamples,
  } = sink;
  const facts = [
    `${counted(waitingSamples, 'sample')} waiting${oldestAtS === null ? '' : `, the oldest of ${ago(atS, oldestAtS)}`}`,
    `${sentSamples} sent`,
    ...(lostSamples > 0 ? [`${lostSamples} lost to [spool] max_size`] : []),
    ...(droppedSamples > 0 ? [`${droppedSamples} dropped: the sink will never take them`] : []),
  ];
  const since = troubleSinceS === null ? '' : `for ${shortDuration(atS - troubleSinceS)}: `;
  const label = paint(sinkColours[state], state.padEnd(9), colours);
  const line = `  ${name.padEnd(width)}  ${label}  ${visible(address)}: ${facts.join(', ')}`;
  return trouble === null ? [line] : [line, `      ${since}${visible(trouble)}`];
}
