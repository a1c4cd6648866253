import type { Emit } from '../../model/event.ts';
import type { Sample } from '../../model/sample.ts';
import {
  type ExchangeHandlers,
  type Greeting,
  type LineEdges,
  type LinePeer,
  type LineSession,
  startLineExchange,
} from '../line-exchange.ts';
import { afterReply, beginHandshake, type Handshake, type HandshakePeer, maskKey } from './handshake.ts';
import { type AgentIdentity, authenticateLine, decodeReplies, gaugeLine, helloLine, noReplies } from './protocol.ts';

/** Whom to talk to and as whom. */
export type ExchangePeer = HandshakePeer & Pick<LinePeer, 'sink' | 'target'> & { readonly identity: AgentIdentity };

/**
 * One connection for one batch: hello, authenticate, then the lines, our half-close and the collector's close. Nothing is sent again
 * and nothing is decided here. `abort` drops the connection; no handler is called after it. Never throws.
 */
export function startExchange(
  edges: LineEdges,
  peer: ExchangePeer,
  samples: readonly Sample[],
  handlers: ExchangeHandlers,
): { abort(): void } {
  return startLineExchange(edges, { ...peer, lineOf: gaugeLine }, greet(edges.emit, peer), samples, handlers);
}

/** Hello and authenticate, each answered by `ok`. */
function greet(emit: Emit, peer: ExchangePeer): Greeting {
  let handshake: Handshake = beginHandshake;
  let replies = noReplies;

  function answer(line: string, talk: LineSession): void {
    emit({ event: 'wire.received', sink: peer.sink, line: maskKey(line, peer.key) });
    const before = handshake.kind;
    handshake = afterReply(handshake, line, peer);
    if (handshake.kind === before) return; // a word while we write: nothing hangs on it
    if (handshake.kind === 'authenticating')
      talk.say(authenticateLine(peer.key), 'before it answered authenticate', 'authenticate ***');
    else if (handshake.kind === 'ready') talk.begin();
    else if (handshake.kind === 'failed') talk.fail(handshake.trouble);
  }

  return {
    onOpen: (talk) => talk.say(helloLine(peer.identity), 'before it answered hello', helloLine(peer.identity)),
    onData(bytes, talk) {
      const decoded = decodeReplies(replies, bytes);
      replies = decoded.state;
      for (const line of decoded.lines) {
        answer(line, talk);
        if (handshake.kind === 'failed') return;
      }
      if (replies.isTooLong)
        talk.fail({
          kind: 'lost',
          commands: [],
          sentence: `${peer.address} sent a line without end; is this Instrumental's collector?`,
        });
    },
  };
}
