import { addressText } from '../../io/net/connection-failure.ts';
import type { GraphiteSettings } from '../../model/config.ts';
import { type DeliveryResult, positionKeptForS, type Sink } from '../../model/sink.ts';
import {
  type ExchangeOutcome,
  type Greeting,
  type LineEdges,
  type LinePeer,
  startLineExchange,
} from '../line-exchange.ts';
import { unverifiedTeller } from '../unverified.ts';
import { explainAnswer, isTakable, longestLineBytes, plaintextLine } from './protocol.ts';

/**
 * Sends batches to a Carbon server, one connection each. Carbon never says a word, so a batch counts when it closes in order after
 * our half-close, which Carbon does once it has read all; whoever answers is no Carbon. A line that is too long for it is dropped.
 */
export function createGraphiteSink(edges: LineEdges, settings: GraphiteSettings): Sink {
  const { address, tls } = settings;
  const peer: LinePeer = {
    sink: 'graphite',
    address: addressText(address),
    target: {
      ...address,
      tls: address.tls ? tls : null,
      peer: { what: 'Carbon server', plain: 'tcp://', secure: 'tls://' },
    },
    lineOf: plaintextLine,
  };
  const tellUnverified = unverifiedTeller(edges.emit, {
    sink: peer.sink,
    address: peer.address,
    tls: peer.target.tls,
    secret: 'the samples',
  });
  const didNotClose = `${peer.address} did not close within ${edges.patience.silenceMs / 1000} s after the batch was written; is it a Carbon server?`;
  let isClosed = false;
  let giveUp: () => void = () => {};

  return {
    name: peer.sink,
    keptForS: positionKeptForS,
    deliver(samples) {
      if (isClosed) return Promise.resolve(givenUp(false));
      const takable = samples.filter(isTakable);
      const tooLong = samples.length - takable.length;
      if (takable.length === 0) return Promise.resolve(arrivedBut(tooLong));
      tellUnverified();
      return new Promise((resolve) => {
        const exchange = startLineExchange(edges, peer, greet(peer), takable, {
          onWritten: () => {},
          onDone: (outcome) => resolve(judge(outcome, tooLong)),
        });
        giveUp = () => {
          exchange.abort();
          resolve(givenUp(true));
        };
      });
    },
    probe: () =>
      new Promise((resolve) => {
        startLineExchange(edges, peer, greet(peer), [], {
          onWritten: () => {},
          onDone(outcome) {
            const delivery = judge(outcome, 0);
            resolve(delivery.kind === 'returned' ? delivery.trouble : null);
          },
        });
      }),
    close() {
      isClosed = true;
      giveUp();
    },
  };

  function judge(outcome: ExchangeOutcome, tooLong: number): DeliveryResult {
    switch (outcome.kind) {
      case 'closed':
        return arrivedBut(tooLong);
      case 'trouble':
        return { kind: 'returned', trouble: outcome.trouble, mayHaveArrived: outcome.mayHaveArrived };
      case 'unclosed':
        return {
          kind: 'returned',
          trouble: { kind: 'lost', commands: [], sentence: didNotClose },
          mayHaveArrived: true,
        };
    }
  }

  function arrivedBut(tooLong: number): DeliveryResult {
    if (tooLong === 0) return { kind: 'accepted', confirmed: true };
    const detail = `${peer.address} would not take a line of more than ${longestLineBytes} bytes; shorten the names of these metrics`;
    return { kind: 'dropped', samples: tooLong, detail };
  }

  function givenUp(mayHaveArrived: boolean): DeliveryResult {
    return {
      kind: 'returned',
      trouble: { kind: 'lost', commands: [], sentence: `sending to ${peer.address} was given up` },
      mayHaveArrived,
    };
  }
}

/** Nothing is said. Who answers all the same is no Carbon server, and has not understood a line. */
function greet({ address, target }: LinePeer): Greeting {
  return {
    onOpen: (talk) => talk.begin(),
    onData: (bytes, talk) =>
      talk.fail({ kind: 'lost', commands: [], sentence: explainAnswer(bytes, address, target.tls !== null) }),
  };
}
