import type { Reason, ReasonKind, SinkStatus } from '../model/status.ts';
import { shortDuration } from '../words/duration.ts';

/** Why no plugin's samples arrive at a sink, or not all of them; empty: they do, as far as is known. Never throws. */
export function sinkReasons(sinks: readonly SinkStatus[], nowS: number): readonly Reason[] {
  if (sinks.length === 0)
    return [
      {
        kind: 'no-sink',
        explanation:
          'samples are sent nowhere: there is no key and no sink; give a key with -k or api_key under [collector], or a [sink:…] section',
      },
    ];
  return sinks.flatMap((sink) => reasonsAt(sink, nowS));
}

function reasonsAt(
  { name, state, trouble, troubleSinceS, waitingSamples, droppedSamples, lostSamples }: SinkStatus,
  nowS: number,
): readonly Reason[] {
  if (trouble === null) return [];
  if (state === 'new' || state === 'connected')
    return [
      {
        kind: 'samples-refused',
        explanation: `${name} will never take ${counted(droppedSamples)}, which ${droppedSamples === 1 ? 'is' : 'are'} lost for it: ${trouble}`,
      },
    ];
  const isCollector = name === 'instrumental';
  const since = troubleSinceS === null ? '' : ` for ${shortDuration(nowS - troubleSinceS)}`;
  const waiting = `${counted(waitingSamples)} ${waitingSamples === 1 ? 'waits' : 'wait'}`;
  const lost =
    lostSamples > 0 ? `; ${counted(lostSamples)} had no room under [spool] max_size and are lost` : ' and none is lost';
  const [kind, what, cure]: readonly [ReasonKind, string, string] =
    state === 'refused'
      ? [isCollector ? 'key-refused' : 'sink-refused', 'has refused us', 'when that is done, try it']
      : [
          isCollector ? 'collector-away' : 'sink-away',
          'has taken nothing',
          'the agent tries again by itself; try it now',
        ];
  const explanation = `${name} ${what}${since}: ${trouble}; ${waiting}${lost}; ${cure}: instrument_server check --connect`;
  return [{ kind, explanation }];
}

function counted(samples: number): string {
  return `${samples} sample${samples === 1 ? '' : 's'}`;
}
