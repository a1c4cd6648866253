import type { Clock } from '../io/clock.ts';
import type { HttpAnswer, HttpOutcome, HttpPost } from '../io/net/http-post.ts';
import type { TlsSettings } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Sample } from '../model/sample.ts';
import { type Patience, positionKeptForS, type Sink } from '../model/sink.ts';
import { CurrentAttempt } from './current-attempt.ts';
import { createDeliveryInParts } from './delivery-in-parts.ts';
import { returnedAsLost } from './delivery-results.ts';
import { type HttpPeer, type HttpVerdict, quoteAnswer } from './http-answer.ts';
import { createUnverifiedWarning } from './unverified-warning.ts';

/** The machine, as far as a sink over HTTP needs it. */
export type HttpSinkEdges = {
  readonly clock: Clock;
  readonly httpPost: HttpPost;
  readonly emit: Emit;
  readonly patience: Pick<Patience, 'silenceMs'>;
};

/**
 * What makes one sink over HTTP differ from another. `headers` and `format` are asked for each
 * request. `judge` says what an answer to `samples` samples means; `send-again`: they must be sent
 * again at once, in the other way that `headers` and `format` now give. `secret` is what could be
 * read on the way: `the token`, `the samples`.
 */
export type HttpSinkPlan = {
  readonly name: string;
  readonly peer: HttpPeer;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  readonly secret: string;
  format(samples: readonly Sample[]): string | Uint8Array;
  judge(answer: HttpAnswer, samples: number, nowMs: number): HttpVerdict | 'send-again';
};

/**
 * Sends batches to a server over HTTP, one request each, or several if one is too large for the
 * server. A batch counts when the server's answer says so.
 */
export function createHttpSink(edges: HttpSinkEdges, plan: HttpSinkPlan): Sink {
  const { name, peer, tls } = plan;
  const { host, protocol } = new URL(peer.url);
  const warnIfUnverified = createUnverifiedWarning(edges.emit, {
    sink: name,
    address: host,
    tls: protocol === 'https:' ? tls : null,
    secret: plan.secret,
  });
  const givenUp = (mayHaveArrived: boolean) => returnedAsLost(`sending to ${host} was given up`, mayHaveArrived);
  const attempt = new CurrentAttempt<HttpVerdict | 'send-again'>(givenUp);
  const deliverInParts = createDeliveryInParts(post, peer.keys);

  return {
    name,
    keptForS: positionKeptForS,
    deliver: (samples) => (attempt.isClosed ? Promise.resolve(givenUp(false)) : deliverInParts(samples)),
    async probe() {
      const verdict = await post([]);
      return verdict.kind === 'returned' ? verdict.trouble : null; // a server that judges the samples accepts the agent
    },
    close: () => attempt.close(),
  };

  async function post(samples: readonly Sample[]): Promise<HttpVerdict> {
    const verdict = await postOnce(samples);
    return verdict === 'send-again' ? post(samples) : verdict;
  }

  function postOnce(samples: readonly Sample[]): Promise<HttpVerdict | 'send-again'> {
    return attempt.run((resolve) => {
      warnIfUnverified();
      const body = plan.format(samples);
      const line = `POST ${peer.url}: ${samples.length} samples in ${body.length} bytes`;
      edges.emit({ event: 'wire.sent', sink: name, line });
      const request = { url: peer.url, headers: plan.headers, body, tls, silenceMs: edges.patience.silenceMs };
      return edges.httpPost(edges.clock, request, (outcome) => resolve(judge(outcome, samples.length)));
    });
  }

  function judge(outcome: HttpOutcome, samples: number): HttpVerdict | 'send-again' {
    if (outcome.kind === 'failed') return returnedAsLost(outcome.failure.detail, outcome.mayHaveArrived);
    const { answer } = outcome;
    edges.emit({ event: 'wire.received', sink: name, line: `${answer.status}${quoteAnswer(answer, peer.secrets)}` });
    return plan.judge(answer, samples, edges.clock.nowMs());
  }
}
