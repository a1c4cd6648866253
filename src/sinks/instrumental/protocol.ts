/**
 * Instrumental's line protocol, without a socket. Every line ends in `\n`. A value on the wire
 * always matches `-?\d+(\.\d+)?(e-\d+)?`, because the collector refuses any other form.
 */
import type { Notice } from '../../model/mark.ts';
import type { Sample } from '../../model/sample.ts';
import type { DeliveredSample } from '../../model/sink.ts';
import { visible } from '../../words/visible.ts';
import { valueText } from '../value-text.ts';

/** The agent as the hello line describes it. `nodeVersion` has no leading `v`. */
export type AgentIdentity = {
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly platform: string;
};

/** The longest reply line that is understood, in bytes. Every known reply is shorter than ten. */
export const longestReplyBytes = 1024;

/** Returns the first line of a connection, without its end. White space in a value becomes `_`. */
export function helloLine(identity: AgentIdentity): string {
  const words = [
    ['version', `node/instrument_server/${identity.version}`],
    ['hostname', identity.hostname],
    ['pid', String(identity.pid)],
    ['runtime', `node/${identity.nodeVersion}`],
    ['platform', identity.platform],
  ];
  return ['hello', ...words.flat().map((word) => word.replace(/\s+/g, '_'))].join(' ');
}

/** Returns the second line of a connection, without its end. It holds the key: never log it. */
export function authenticateLine(key: string): string {
  return `authenticate ${key}`;
}

/**
 * Returns one sample on the wire, without the line's end: `gauge NAME VALUE TIME 1`. The last
 * field is how many readings the sample stands for.
 */
export function gaugeLine(sample: Sample): string {
  return `gauge ${sample.metric} ${valueText(sample.value)} ${sample.atS} 1`;
}

/**
 * Returns the increase of a counter, likewise: `increment NAME INCREASE TIME 1`. The collector adds
 * up all that it gets, so a line that arrives twice counts twice.
 */
export function incrementLine(sample: Sample, increase: number): string {
  return `increment ${sample.metric} ${valueText(increase)} ${sample.atS} 1`;
}

/** The longest message of a notice, in characters. */
const longestMessage = 500;

/**
 * Returns a notice, likewise: `notice TIME DURATION MESSAGE`, of the moment or the span that it is
 * about. The message is one line, whatever a name in it holds.
 */
export function noticeLine({ atS, durationS, text }: Notice, hostname: string): string {
  return `notice ${atS - durationS} ${durationS} ${visible(`${hostname}: ${text}`).slice(0, longestMessage)}`;
}

/** What is sent to the collector: a sample or a notice. */
export type CollectorItem = DeliveredSample | Notice;

/** Returns an item on the wire, without the line's end. */
export function itemLine(item: CollectorItem, hostname: string): string {
  if (!('metric' in item)) return noticeLine(item, hostname);
  return typeof item.increase === 'number' ? incrementLine(item, item.increase) : gaugeLine(item);
}

/**
 * How far a stream of replies is decoded. `rest` is the start of a line whose end has not come;
 * `isTooLong`: that line was too long, and nothing is decoded any more.
 */
export type ReplyState = { readonly rest: string; readonly isTooLong: boolean };

/** A stream of replies before its first byte. */
export const noReplies: ReplyState = { rest: '', isTooLong: false };

/**
 * Returns the complete lines in `bytes`, without `\n` or `\r\n`, and the state for the bytes after
 * them. Any chunking gives the same lines. A line over `longestReplyBytes` sets `isTooLong`, and
 * nothing is decoded after it. Never throws.
 */
export function decodeReplies(
  state: ReplyState,
  bytes: Uint8Array,
): { readonly lines: readonly string[]; readonly state: ReplyState } {
  if (state.isTooLong) return { lines: [], state };
  const text = state.rest + Buffer.from(bytes).toString('latin1'); // latin1: no character spans two chunks
  const parts = text.split('\n');
  const tooLong = parts.findIndex((part) => part.length > longestReplyBytes);
  const rest = parts.at(-1) ?? '';
  const complete = parts.slice(0, tooLong === -1 ? -1 : tooLong);
  return {
    lines: complete.map((line) => line.replace(/\r$/, '')),
    state: tooLong === -1 ? { rest, isTooLong: false } : { rest: '', isTooLong: true },
  };
}
