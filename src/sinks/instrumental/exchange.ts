import type { Emit } from '../../model/event.ts';
import {
  type ExchangeHandlers,
  type Greeting,
  type GreetingActions,
  type LineEdges,
  type LinePeer,
  startLineExchange,
} from '../line-exchange.ts';
import { afterReply, beginHandshake, type Handshake, type HandshakePeer, maskKey } from './handshake.ts';
import {
  type AgentIdentity,
  authenticateLine,
  type CollectorItem,
  decodeReplies,
  helloLine,
  itemLine,
  noReplies,
} from './protocol.ts';

/** The collector, and the account and agent that send to it. */
export type CollectorPeer = HandshakePeer &
  Pick<LinePeer<CollectorItem>, 'sink' | 'target'> & { readonly identity: AgentIdentity };

/**
 * Starts one connection for one batch: hello, authenticate, the lines, the agent's half-close and
 * the collector's close. Nothing is sent again and nothing is decided here. `abort` drops the
 * connection; no handler is called after it. Never throws.
 */
export function startCollectorExchange(
  edges: LineEdges,
  peer: CollectorPeer,
  items: readonly CollectorItem[],
  handlers: ExchangeHandlers,
): { abort(): void } {
  const lineOf = (item: CollectorItem) => itemLine(item, peer.identity.hostname);
  return startLineExchange(edges, { ...peer, lineOf }, greet(edges.emit, peer), items, handlers);
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
