import type { SinkTrouble } from '../../model/sink.ts';
import { visibleInQuotes } from '../../words/visible.ts';

/** How far the greeting of a connection has come. */
export type Handshake =
  /** The first state: `hello` is sent, and its answer is not there yet. */
  | { readonly kind: 'greeting' }
  /** `hello` was answered; `authenticate` is sent, and its answer is not there yet. */
  | { readonly kind: 'authenticating' }
  /** Both were answered with `ok`: samples can be sent. Final. */
  | { readonly kind: 'ready' }
  /** An answer was not `ok`. Final. */
  | { readonly kind: 'failed'; readonly trouble: SinkTrouble };

/** The collector and the API key. A message names `address` and `keyOrigin`, never the key. */
export type HandshakePeer = { readonly address: string; readonly key: string; readonly keyOrigin: string };

/** The state of a connection that was just opened. */
export const beginHandshake: Handshake = { kind: 'greeting' };

/**
 * Returns the state after one reply line. `ok` leads to the next state. `fail` to `authenticate`
 * is a refused key; the message says where the key comes from. Any other reply is trouble, with
 * the reply quoted. No message holds the key, even if the server sends it back. Never throws.
 */
export function afterReply(state: Handshake, reply: string, peer: HandshakePeer): Handshake {
  if (state.kind === 'ready' || state.kind === 'failed') return state;
  if (reply === 'ok') return state.kind === 'greeting' ? { kind: 'authenticating' } : { kind: 'ready' };
  const answer = visibleInQuotes(maskKey(reply, peer.key).slice(0, 80));
  if (state.kind === 'authenticating' && /^fail\b/.test(reply)) {
    const sentence =
      `${peer.address} refuses the API key from ${peer.keyOrigin} (it answered ${answer}); ` +
      "replace it with your account's API key";
    return { kind: 'failed', trouble: { kind: 'refused', sentence, commands: [] } };
  }
  const asked = state.kind === 'greeting' ? 'hello' : 'authenticate';
  const expected = '"ok" was expected';
  const sentence = `${peer.address} answered ${answer} to ${asked}; ${expected}: is this Instrumental's collector?`;
  return { kind: 'failed', trouble: { kind: 'lost', sentence, commands: [] } };
}

/**
 * Returns the text with `***` for the key: as it was configured, and as it comes back in an
 * answer, because answers are decoded byte by byte.
 */
export function maskKey(text: string, key: string): string {
  if (key === '') return text;
  return text.replaceAll(key, '***').replaceAll(Buffer.from(key).toString('latin1'), '***');
}
