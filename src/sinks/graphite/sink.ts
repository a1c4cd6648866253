import type { GraphiteSettings } from '../../model/config.ts';
import type { Sample } from '../../model/sample.ts';
import { type DeliveryResult, positionKeptForS, type Sink } from '../../model/sink.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { CurrentAttempt } from '../current-attempt.ts';
import { confirmedResult, returnedAsLost } from '../delivery-results.ts';
import { dottedSamples } from '../dotted-samples.ts';
import {
  type ExchangeOutcome,
  type Greeting,
  type LineEdges,
  type LinePeer,
  startLineExchange,
} from '../line-exchange.ts';
import { createUnverifiedWarning } from '../unverified-warning.ts';
import { explainAnswer, isShortEnough, longestLineBytes, plaintextLine } from './protocol.ts';

/**
 * Sends batches to a Carbon server, one connection each. Carbon never answers. A batch counts
 * when the server closes the connection in order after the agent's half-close, which Carbon does
 * once it has read everything. A server that answers is not a Carbon server. A line that is too
 * long for Carbon is dropped.
 */
export function createGraphiteSink(edges: LineEdges, settings: GraphiteSettings): Sink {
  const peer = carbonPeer(settings);
  const { sink, address, target } = peer;
  const warnIfUnverified = createUnverifiedWarning(edges.emit, {
    sink,
    address,
    tls: target.tls,
    secret: 'the samples',
  });
  const attempt = new CurrentAttempt((mayHaveArrived) =>
    returnedAsLost(`sending to ${address} was given up`, mayHaveArrived),
  );

  return {
    name: sink,
    keptForS: positionKeptForS,
    wants: 'values',
    deliver: (samples) =>
      attempt.run((resolve) => {
        const dotted = dottedSamples(samples);
        const short = dotted.filter(isShortEnough);
        const tooLong = dotted.length - short.length;
        if (short.length === 0) {
          resolve(arrivedExcept(tooLong));
          return null;
        }
        warnIfUnverified();
        return exchange(short, (outcome) => resolve(judge(outcome, tooLong)));
      }),
    probe: () =>
      new Promise((resolve) => {
        exchange([], (outcome) => {
          const result = judge(outcome, 0);
          resolve(result.kind === 'returned' ? result.trouble : null);
        });
      }),
    close: () => attempt.close(),
  };

  function exchange(samples: readonly Sample[], onDone: (outcome: ExchangeOutcome) => void): { abort(): void } {
    return startLineExchange(edges, peer, greet(peer), samples, { onWritten: () => {}, onDone });
  }

  /** The result for a batch. `tooLong` of its samples were not sent. */
  function judge(outcome: ExchangeOutcome, tooLong: number): DeliveryResult {
    switch (outcome.kind) {
      case 'closed':
        return arrivedExcept(tooLong);
      case 'trouble':
        return { kind: 'returned', trouble: outcome.trouble, mayHaveArrived: outcome.mayHaveArrived };
      case 'unclosed': {
        const seconds = edges.patience.silenceMs / 1000;
        return returnedAsLost(
          `${address} did not close within ${seconds} s after the batch was written; is it a Carbon server?`,
          true,
        );
      }
    }
  }

  function arrivedExcept(tooLong: number): DeliveryResult {
    if (tooLong === 0) return confirmedResult;
    const detail =
      `${address} does not accept a line of more than ${longestLineBytes} bytes; ` +
      'shorten the names of these metrics';
    return { kind: 'dropped', samples: tooLong, detail };
  }
}

function carbonPeer({ address, tls }: GraphiteSettings): LinePeer<Sample> {
  return {
    sink: 'graphite',
    address: formatHostPort(address),
    target: {
      ...address,
      tls: address.tls ? tls : null,
      peer: { what: 'Carbon server', plain: 'tcp://', secure: 'tls://' },
    },
    lineOf: plaintextLine,
  };
}

/**
 * Says nothing before the samples. A server that answers is not a Carbon server and has not
 * understood a line.
 */
function greet({ address, target }: Pick<LinePeer<Sample>, 'address' | 'target'>): Greeting {
  return {
    onOpen: (actions) => actions.begin(),
    onData: (bytes, actions) =>
      actions.fail({ kind: 'lost', commands: [], sentence: explainAnswer(bytes, address, target.tls !== null) }),
  };
}
