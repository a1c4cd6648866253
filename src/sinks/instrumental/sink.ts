import { addressText } from '../../io/net/connection-failure.ts';
import type { ApiKey, CollectorAddress } from '../../model/config.ts';
import { type DeliveryResult, positionKeptForS, type Sink } from '../../model/sink.ts';
import type { ExchangeOutcome, LineEdges } from '../line-exchange.ts';
import { unverifiedTeller } from '../unverified.ts';
import { type ExchangePeer, startExchange } from './exchange.ts';
import type { AgentIdentity } from './protocol.ts';

/** After so many batches in a row that were written whole and never closed on, this collector evidently does not close. */
const evidentAfter = 3;

/** Where the collector is, how it is checked, and as whom we send. `tlsCa` null: the well-known authorities. */
export type InstrumentalSettings = {
  readonly address: CollectorAddress;
  readonly tlsCa: string | null;
  readonly tlsVerify: boolean;
  readonly apiKey: ApiKey;
  readonly identity: AgentIdentity;
};

/**
 * Sends batches to Instrumental's collector, one connection each. Data lines are never acknowledged, so a batch counts when
 * the collector closes in order after our half-close. A collector that never does so is told once, as `sink.unconfirmed`, and
 * from then on a batch counts when it is written whole, until a close is seen after all.
 */
export function createInstrumentalSink(edges: LineEdges, settings: InstrumentalSettings): Sink {
  const { address, apiKey } = settings;
  const name = 'instrumental';
  const peer: ExchangePeer = {
    sink: name,
    address: addressText(address),
    key: apiKey.key,
    keyOrigin: apiKey.origin,
    identity: settings.identity,
    target: { ...address, tls: address.tls ? { caFile: settings.tlsCa, verify: settings.tlsVerify } : null },
  };
  const tellUnverified = unverifiedTeller(edges.emit, {
    sink: name,
    address: peer.address,
    tls: peer.target.tls,
    secret: 'the key',
  });
  let unclosedInARow = 0;
  let isNeverClosing = false;
  let isClosed = false;
  let isUnconfirmedTold = false;
  let giveUp: () => void = () => {};

  return {
    name,
    keptForS: positionKeptForS,
    deliver(samples) {
      giveUp(); // a connection of an accepted batch may still be waiting for its close
      if (isClosed) return Promise.resolve(givenUp());
      if (samples.length === 0) return Promise.resolve({ kind: 'accepted', confirmed: true });
      tellUnverified();
      return new Promise((resolve) => {
        const exchange = startExchange(edges, peer, samples, {
          onWritten: () => {
            if (isNeverClosing) resolve({ kind: 'accepted', confirmed: false });
          },
          onDone: (outcome) => resolve(judge(outcome)), // where onWritten has resolved, this only learns
        });
        giveUp = () => {
          exchange.abort();
          resolve(givenUp());
        };
      });
    },
    probe: () =>
      new Promise((resolve) => {
        startExchange(edges, peer, [], {
          onWritten: () => {},
          onDone: (outcome) => resolve(outcome.kind === 'trouble' ? outcome.trouble : null),
        });
      }),
    close() {
      isClosed = true;
      giveUp();
    },
  };

  function judge(outcome: ExchangeOutcome): DeliveryResult {
    switch (outcome.kind) {
      case 'closed':
        unclosedInARow = 0;
        isNeverClosing = false;
        return { kind: 'accepted', confirmed: true };
      case 'trouble':
        unclosedInARow = 0;
        return { kind: 'returned', trouble: outcome.trouble, mayHaveArrived: outcome.mayHaveArrived };
      case 'unclosed':
        unclosedInARow += 1;
        if (unclosedInARow < evidentAfter)
          return returned(
            `${peer.address} did not close within ${edges.patience.silenceMs / 1000} s after the batch was written`,
          );
        isNeverClosing = true;
        if (!isUnconfirmedTold) edges.emit({ event: 'sink.unconfirmed', sink: name });
        isUnconfirmedTold = true;
        return { kind: 'accepted', confirmed: false };
    }
  }

  function givenUp(): DeliveryResult {
    return returned(`sending to ${peer.address} was given up`);
  }
}

function returned(detail: string): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'lost', sentence: detail, commands: [] }, mayHaveArrived: true };
}
