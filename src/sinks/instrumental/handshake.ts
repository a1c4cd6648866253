import type { SinkTrouble } from '../../model/sink.ts';

/** How far the greeting of a connection has come. It begins at `greeting`; `ready` and `failed` are its ends. */
export type Handshake =
  /** `hello` was sent, or is to be sent now. */
  | { readonly kind: 'greeting' }
  /** `authenticate` was sent, or is to be sent now. */
  | { readonly kind: 'authenticating' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly trouble: SinkTrouble };

/** With whom and with which key, as far as a message may say it. */
export type HandshakePeer = { readonly address: string; readonly key: string; readonly keyOrigin: string };

/** The state of a connection that was just opened. */
export const beginHandshake: Handshake = { kind: 'greeting' };

/**
 * The state after one reply line. `ok` leads on; `fail` to `authenticate` is a refused key, told by its origin; anything else
 * is trouble with the answer quoted. The key is in no message, even if the other side sends it back. Never throws.
 */
export function afterReply(state: Handshake, reply: string, peer: HandshakePeer): Handshake {
  if (state.kind === 'ready' || state.kind === 'failed') return state;
  if (reply === 'ok') return state.kind === 'greeting' ? { kind: 'authenticating' } : { kind: 'ready' };
  const answer = JSON.stringify(maskKey(reply, peer.key).slice(0, 80));
  if (state.kind === 'authenticating' && /^fail\b/.test(reply)) {
    const detail = `${peer.address} refuses the API key from ${peer.keyOrigin} (it answered ${answer}); set the key of your account there`;
    return { kind: 'failed', trouble: { kind: 'refused', sentence: detail, commands: [] } };
  }
  const asked = state.kind === 'greeting' ? 'hello' : 'authenticate';
  const detail = `${peer.address} answered ${answer} to ${asked}; "ok" was expected: is this Instrumental's collector?`;
  return { kind: 'failed', trouble: { kind: 'lost', sentence: detail, commands: [] } };
}

/** The text with the key in it, if it is, as `***`: as it was given, and as it comes back, for answers are read byte by byte. */
export function maskKey(text: string, key: string): string {
  if (key === '') return text;
  return text.replaceAll(key, '***').replaceAll(Buffer.from(key).toString('latin1'), '***');
}
