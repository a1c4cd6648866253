/**
 * Carbon's plaintext protocol, without a socket: `METRIC VALUE UNIX_SECONDS\n`. Carbon reads the value with Python's `float`, which
 * understands every form of `valueText`.
 */
import type { Sample } from '../../model/sample.ts';
import { valueText } from '../value-text.ts';

/** Carbon hangs up on a line that is longer, and takes none of those behind it. In bytes, without the line's end. */
export const longestLineBytes = 16_384;

/** One sample on the wire, without the line's end. The metric's name is Carbon's path as it is. */
export function plaintextLine(sample: Sample): string {
  return `${sample.metric} ${valueText(sample.value)} ${sample.atS}`;
}

/** Whether Carbon would take the sample's line. (A name is ASCII: as many bytes as characters.) */
export function isTakable(sample: Sample): boolean {
  return plaintextLine(sample).length <= longestLineBytes;
}

/** What it means that `address` said something, in a sentence that quotes the beginning. Control characters and bytes over 127 are left out. */
export function explainAnswer(bytes: Uint8Array, address: string, isTls: boolean): string {
  const words = Buffer.from(bytes)
    .toString('latin1', 0, 80)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  const answer = words === '' ? 'with bytes that are no text' : JSON.stringify(words);
  const hint = isTls ? '' : ` If it expects TLS, write tls://${address}`;
  return `${address} answered ${answer}, and a Carbon server never answers: is it one?${hint}`;
}
