/**
 * Carbon's plaintext protocol, without a socket: `METRIC VALUE UNIX_SECONDS\n`. Carbon reads the
 * value with Python's `float`, which understands every form of `valueText`.
 */
import type { Sample } from '../../model/sample.ts';
import { visibleInQuotes } from '../../words/visible.ts';
import { valueText } from '../value-text.ts';

/**
 * The longest line that Carbon accepts, in bytes without the line's end. On a longer one it closes
 * the connection, and it reads no line behind it.
 */
export const longestLineBytes = 16_384;

/** Returns one sample on the wire, without the line's end. The metric's name is Carbon's path. */
export function plaintextLine(sample: Sample): string {
  return `${sample.metric} ${valueText(sample.value)} ${sample.atS}`;
}

/**
 * Whether Carbon accepts the sample's line. (A name is ASCII: it has as many bytes as characters.)
 */
export function isShortEnough(sample: Sample): boolean {
  return plaintextLine(sample).length <= longestLineBytes;
}

/**
 * Returns a sentence about an answer from `address`, where none was expected. It quotes the first
 * 80 bytes, with control characters as escapes.
 */
export function explainAnswer(bytes: Uint8Array, address: string, isTls: boolean): string {
  const words = Buffer.from(bytes).toString('utf8', 0, 80).replace(/\s+/g, ' ').trim();
  const answer = /[!-~]/.test(words) ? visibleInQuotes(words) : 'with bytes that are not text';
  const hint = isTls ? '' : ` If it expects TLS, write tls://${address}`;
  return `${address} answered ${answer}, but a Carbon server never answers: is it one?${hint}`;
}
