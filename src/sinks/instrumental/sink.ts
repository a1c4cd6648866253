import type { ApiKey, CollectorAddress, CountersAs, ProxySettings } from '../../model/config.ts';
import { type DeliveryResult, positionKeptForS, type Sink } from '../../model/sink.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { CurrentAttempt } from '../current-attempt.ts';
import { confirmedResult, returnedAsLost } from '../delivery-results.ts';
import { dottedSamples } from '../dotted-samples.ts';
import type { ExchangeOutcome, LineEdges } from '../line-exchange.ts';
import { createUnverifiedWarning } from '../unverified-warning.ts';
import { type CollectorPeer, startCollectorExchange } from './exchange.ts';
import type { AgentIdentity } from './protocol.ts';

/**
 * This many batches in a row that were written whole and never closed by the collector show that
 * it does not close.
 */
const unclosedUntilEvident = 3;

/** When a batch counts as accepted. */
type Confirmation =
  /**
   * When the collector closes the connection. The last `unclosedInARow` batches were written
   * whole, and the collector did not close.
   */
  | { readonly kind: 'by-close'; readonly unclosedInARow: number }
  /**
   * When it is written whole: this collector evidently does not close. Ends when it closes once.
   */
  | { readonly kind: 'by-writing' };

const byClose: Confirmation = { kind: 'by-close', unclosedInARow: 0 };

const unconfirmedResult: DeliveryResult = { kind: 'accepted', confirmed: false };

/**
 * Where the collector is, how its certificate is checked, and the account and agent that send.
 * `tlsCa` null: the well-known authorities. `counters`: whether a counter goes as its increases.
 * `proxy` null: the connection goes straight there.
 */
export type InstrumentalSettings = {
  readonly address: CollectorAddress;
  readonly tlsCa: string | null;
  readonly tlsVerify: boolean;
  readonly proxy: ProxySettings | null;
  readonly apiKey: ApiKey;
  readonly counters: CountersAs;
  readonly notices: boolean;
  readonly identity: AgentIdentity;
};

/**
 * Sends batches to Instrumental's collector, one connection each. The collector never
 * acknowledges data lines, so a batch counts when the collector closes the connection in order
 * after the agent's half-close. A collector that never closes is reported once, as
 * `sink.unconfirmed`. From then on a batch counts when it is written whole, until the collector
 * closes a connection after all.
 */
export function createInstrumentalSink(edges: LineEdges, settings: InstrumentalSettings): Sink {
  const peer = collectorPeer(settings);
  const { sink, address, target } = peer;
  const warnIfUnverified = createUnverifiedWarning(edges.emit, { sink, address, tls: target.tls, secret: 'the key' });
  const attempt = new CurrentAttempt(() => returnedAsLost(`sending to ${address} was given up`, true));
  let confirmation = byClose;
  let isUnconfirmedReported = false;

  return {
    name: sink,
    keptForS: positionKeptForS,
    wants: settings.counters === 'increment' ? 'increases' : 'values',
    wantsNotices: settings.notices,
    deliver(samples, notices = []) {
      attempt.giveUp(); // the connection of an accepted batch may still wait for its close
      return attempt.run((resolve) => {
        const items = [...dottedSamples(samples).filter(({ increase }) => increase !== null), ...notices];
        if (items.length === 0) {
          resolve(confirmedResult);
          return null;
        }
        warnIfUnverified();
        return startCollectorExchange(edges, peer, items, {
          onWritten: () => {
            if (confirmation.kind === 'by-writing') resolve(unconfirmedResult);
          },
          onDone: (outcome) => resolve(judge(outcome)), // after `onWritten` has resolved, only `confirmation` changes
        });
      });
    },
    probe: () =>
      new Promise((resolve) => {
        startCollectorExchange(edges, peer, [], {
          onWritten: () => {},
          onDone: (outcome) => resolve(outcome.kind === 'trouble' ? outcome.trouble : null),
        });
      }),
    close: () => attempt.close(),
  };

  /** The result for a batch, and what its end shows about the collector. */
  function judge(outcome: ExchangeOutcome): DeliveryResult {
    switch (outcome.kind) {
      case 'closed':
        confirmation = byClose;
        return confirmedResult;
      case 'trouble':
        if (confirmation.kind === 'by-close') confirmation = byClose;
        return { kind: 'returned', trouble: outcome.trouble, mayHaveArrived: outcome.mayHaveArrived };
      case 'unclosed':
        return judgeUnclosed();
    }
  }

  function judgeUnclosed(): DeliveryResult {
    if (confirmation.kind === 'by-writing') return unconfirmedResult;
    const unclosedInARow = confirmation.unclosedInARow + 1;
    if (unclosedInARow < unclosedUntilEvident) {
      confirmation = { kind: 'by-close', unclosedInARow };
      const seconds = edges.patience.silenceMs / 1000;
      return returnedAsLost(`${address} did not close within ${seconds} s after the batch was written`, true);
    }
    confirmation = { kind: 'by-writing' };
    if (!isUnconfirmedReported) edges.emit({ event: 'sink.unconfirmed', sink });
    isUnconfirmedReported = true;
    return unconfirmedResult;
  }
}

function collectorPeer({ address, apiKey, identity, tlsCa, tlsVerify, proxy }: InstrumentalSettings): CollectorPeer {
  return {
    sink: 'instrumental',
    address: formatHostPort(address),
    key: apiKey.key,
    keyOrigin: apiKey.origin,
    identity,
    target: { ...address, tls: address.tls ? { caFile: tlsCa, verify: tlsVerify } : null, proxy },
  };
}
