/**
 * Instrumental's line protocol, without a socket. Every line ends in `\n`; a value on the wire always matches
 * `-?\d+(\.\d+)?(e-\d+)?`, for the collector refuses any other form.
 */
import type { Sample } from '../../model/sample.ts';
import { valueText } from '../value-text.ts';

/** Who we are, for the hello line. `nodeVersion` has no leading `v`. */
export type AgentIdentity = {
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly platform: string;
};

/** The longest reply line that is understood, in bytes; every known one is shorter than ten. */
export const longestReplyBytes = 1024;

/** The first line of a connection, without its end. White space in a value becomes `_`. */
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

/** The second line of a connection, without its end. It holds the key: never log it. */
export function authenticateLine(key: string): string {
  return `authenticate ${key}`;
}

/** One sample on the wire, without the line's end: `gauge NAME VALUE TIME 1`; the last field counts how many readings it stands for. */
export function gaugeLine(sample: Sample): string {
  return `gauge ${sample.metric} ${valueText(sample.value)} ${sample.atS} 1`;
}

/** What a reply stream holds so far: `rest` is the line begun, `isTooLong` ends all decoding. */
export type ReplyState = { readonly rest: string; readonly isTooLong: boolean };

/** A reply stream before its first byte. */
export const noReplies: ReplyState = { rest: '', isTooLong: false };

/**
 * The complete lines in what came, without `\n` or `\r\n`, and the state for the bytes after them. Any chunking gives the same
 * lines. A line over `longestReplyBytes` sets `isTooLong`, and nothing is decoded after it. Never throws.
 */
export function decodeReplies(
  state: ReplyState,
  bytes: Uint8Array,
): { readonly lines: readonly string[]; readonly state: ReplyState } {
  if (state.isTooLong) return { lines: [], state };
  const parts = (state.rest + Buffer.from(bytes).toString('latin1')).split('\n'); // latin1: no character spans two chunks
  const tooLong = parts.findIndex((part) => part.length > longestReplyBytes);
  const rest = parts.at(-1) ?? '';
  const complete = parts.slice(0, tooLong === -1 ? -1 : tooLong);
  return {
    lines: complete.map((line) => line.replace(/\r$/, '')),
    state: tooLong === -1 ? { rest, isTooLong: false } : { rest: '', isTooLong: true },
  };
}
