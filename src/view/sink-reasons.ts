import type { Reason } from '../model/advice.ts';
import type { SinkStatus } from '../model/status.ts';
import { counted } from '../words/counted.ts';
import { shortDuration } from '../words/duration.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { reason } from './reason.ts';
import type { SinkFacts } from './sinks.ts';

const droppedCure = 'correct what the server complains of; the next samples are sent as usual';

/**
 * Why the samples of every plugin do not arrive at a sink, or not all of them; empty: they do, as
 * far as is known. `commands` are those that the agent hands out. Never throws.
 */
export function sinkReasons(sinks: readonly SinkStatus[], nowS: number, commands: OwnCommands): readonly Reason[] {
  if (sinks.length > 0) return sinks.flatMap((sink) => reasonsAt(sink, nowS, commands));
  const cure = 'give a key with -k or api_key under [collector], or a [sink:…] section';
  return [reason('no-sink', `samples are sent nowhere: there is no key and no sink; ${cure}`)];
}

/**
 * What is wrong with one sink, as its own entry shows it; null: nothing is, as far as is known.
 * Never throws.
 */
export function reasonOfSink(
  name: string,
  { state, trouble }: Pick<SinkFacts, 'state' | 'trouble'>,
  { checkSinks }: OwnCommands,
): Reason | null {
  if (trouble === null) return null;
  const { sentence, commands } = trouble;
  if (state === 'new' || state === 'connected')
    return reason('samples-refused', `${sentence}; ${droppedCure}`, ...commands);
  return reason(
    awayKind(name, state === 'refused'),
    sentence,
    ...commands,
    ...(checkSinks === null ? [] : [checkSinks]),
  );
}

/** The reason of one sink for a plugin: with its name, for how long, and what waits. */
function reasonsAt(sink: SinkStatus, nowS: number, { checkSinks }: OwnCommands): readonly Reason[] {
  const { name, state, reason: own, troubleSinceS, waitingSamples, droppedSamples, lostSamples } = sink;
  if (own === null) return [];
  const { kind, sentence, commands } = own;
  if (kind === 'samples-refused') {
    const lost = `${counted(droppedSamples, 'sample')}, which ${droppedSamples === 1 ? 'is' : 'are'} lost for it`;
    return [reason(kind, `${name} will never take ${lost}: ${sentence}`, ...commands)];
  }
  const isRefused = state === 'refused';
  const since = troubleSinceS === null ? '' : ` for ${shortDuration(nowS - troubleSinceS)}`;
  const what = isRefused ? `has refused the agent${since}` : `has taken nothing${since}`;
  const waiting = `${counted(waitingSamples, 'sample')} ${waitingSamples === 1 ? 'waits' : 'wait'}`;
  const lost =
    lostSamples > 0
      ? `; ${counted(lostSamples, 'sample')} had no room under [spool] max_size and are lost`
      : ' and none is lost';
  const again = 'the agent tries again by itself';
  const cure = checkSinks === null ? again : isRefused ? 'when that is done, try it' : `${again}; try it now`;
  return [reason(kind, `${name} ${what}: ${sentence}; ${waiting}${lost}; ${cure}`, ...commands)];
}

function awayKind(name: string, isRefused: boolean): 'key-refused' | 'sink-refused' | 'collector-away' | 'sink-away' {
  if (name === 'instrumental') return isRefused ? 'key-refused' : 'collector-away';
  return isRefused ? 'sink-refused' : 'sink-away';
}
