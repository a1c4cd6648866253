import type { Emit } from '../../model/event.ts';
import type { Sample } from '../../model/sample.ts';
import { dottedSamples } from '../dotted-samples.ts';
import {
  type ExchangeHandlers,
  type Greeting,
  type GreetingActions,
  type LineEdges,
  type LinePeer,
  startLineExchange,
} from '../line-exchange.ts';
import { afterReply, beginHandshake, type Handshake, type HandshakePeer, maskKey } from './handshake.ts';
import { type AgentIdentity, authenticateLine, decodeReplies, gaugeLine, helloLine, noReplies } from './protocol.ts';

/** The collector, and the account and agent that send to it. */
export type CollectorPeer = HandshakePeer & Pick<LinePeer, 'sink' | 'target'> & { readonly identity: AgentIdentity };

/**
 * Starts one connection for one batch: hello, authenticate, the lines, the agent's half-close and
 * the collector's close. Nothing is sent again and nothing is decided here. `abort` drops the
 * connection; no handler is called after it. Never throws.
 */
export function startCollectorExchange(
  edges: LineEdges,
  peer: CollectorPeer,
  samples: readonly Sample[],
  handlers: ExchangeHandlers,
): { abort(): void } {
  return startLineExchange(
    edges,
    { ...peer, lineOf: gaugeLine },
    greet(edges.emit, peer),
    dottedSamples(samples),
    handlers,
  );
}

/** Hello and authenticate, each answered by `ok`. */
function greet(emit: Emit, peer: CollectorPeer): Greeting {
  let handshake: Handshake = beginHandshake;
  let replies = noReplies;

  function onReply(line: string, actions: GreetingActions): void {
    emit({ event: 'wire.received', sink: peer.sink, line: maskKey(line, peer.key) });
    const before = handshake.kind;
    handshake = afterReply(handshake, line, peer);
    if (handshake.kind === before) return; // a reply while the samples are written has no meaning
    if (handshake.kind === 'authenticating')
      actions.say(authenticateLine(peer.key), 'before it answered authenticate', 'authenticate ***');
    else if (handshake.kind === 'ready') actions.begin();
    else if (handshake.kind === 'failed') actions.fail(handshake.trouble);
  }

  return {
    onOpen: (actions) => actions.say(helloLine(peer.identity), 'before it answered hello', helloLine(peer.identity)),
    onData(bytes, actions) {
      const decoded = decodeReplies(replies, bytes);
      replies = decoded.state;
      for (const line of decoded.lines) {
        onReply(line, actions);
        if (handshake.kind === 'failed') return;
      }
      if (!replies.isTooLong) return;
      const sentence = `${peer.address} sent a line without end; is this Instrumental's collector?`;
      actions.fail({ kind: 'lost', commands: [], sentence });
    },
  };
}
