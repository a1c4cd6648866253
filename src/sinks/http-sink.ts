import type { Clock } from '../io/clock.ts';
import type { HttpAnswer, HttpOutcome, HttpPost } from '../io/net/http-post.ts';
import type { TlsSettings } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Sample } from '../model/sample.ts';
import { type DeliveryResult, type Patience, positionKeptForS, type Sink } from '../model/sink.ts';
import { type HttpPeer, type HttpVerdict, quoteAnswer } from './http-answer.ts';
import { inParts } from './in-parts.ts';
import { unverifiedTeller } from './unverified.ts';

/** The machine, as far as a sink over HTTP needs it. */
export type HttpSinkEdges = {
  readonly clock: Clock;
  readonly httpPost: HttpPost;
  readonly emit: Emit;
  readonly patience: Pick<Patience, 'silenceMs'>;
};

/**
 * What makes one sink over HTTP differ from another. `judge` says what an answer to so many samples means; `secret` is what could be
 * read on the way.
 */
export type HttpSinkPlan = {
  readonly name: string;
  readonly peer: HttpPeer;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  readonly secret: string;
  format(samples: readonly Sample[]): string;
  judge(answer: HttpAnswer, samples: number, nowMs: number): HttpVerdict;
};

/**
 * Sends batches to a server over HTTP, one request each, or several where one would be too large for the server. A batch counts when the
 * server says so.
 */
export function createHttpSink(edges: HttpSinkEdges, plan: HttpSinkPlan): Sink {
  const { name, peer, tls } = plan;
  const { host, protocol } = new URL(peer.url);
  const tellUnverified = unverifiedTeller(edges.emit, {
    sink: name,
    address: host,
    tls: protocol === 'https:' ? tls : null,
    secret: plan.secret,
  });
  const deliverInParts = inParts(post, peer.keys);
  let isClosed = false;
  let giveUp: () => void = () => {};

  return {
    name,
    keptForS: positionKeptForS,
    deliver: (samples) => (isClosed ? Promise.resolve(givenUp(false)) : deliverInParts(samples)),
    async probe() {
      const verdict = await post([]);
      return verdict.kind === 'returned' ? verdict.trouble : null; // who judges the samples has taken the rest
    },
    close() {
      isClosed = true;
      giveUp();
    },
  };

  function post(samples: readonly Sample[]): Promise<HttpVerdict> {
    if (isClosed) return Promise.resolve(givenUp(false));
    tellUnverified();
    const body = plan.format(samples);
    edges.emit({
      event: 'wire.sent',
      sink: name,
      line: `POST ${peer.url}: ${samples.length} samples in ${body.length} bytes`,
    });
    return new Promise((resolve) => {
      const asked = { url: peer.url, headers: plan.headers, body, tls, silenceMs: edges.patience.silenceMs };
      const request = edges.httpPost(edges.clock, asked, (outcome) => resolve(judge(outcome, samples.length)));
      giveUp = () => {
        request.abort();
        resolve(givenUp(true));
      };
    });
  }

  function judge(outcome: HttpOutcome, samples: number): HttpVerdict {
    if (outcome.kind === 'failed') return lost(outcome.failure.detail, outcome.mayHaveArrived);
    const { answer } = outcome;
    edges.emit({ event: 'wire.received', sink: name, line: `${answer.status}${quoteAnswer(answer, peer.secrets)}` });
    return plan.judge(answer, samples, edges.clock.nowMs());
  }

  function givenUp(mayHaveArrived: boolean): DeliveryResult {
    return lost(`sending to ${host} was given up`, mayHaveArrived);
  }
}

function lost(detail: string, mayHaveArrived: boolean): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'lost', sentence: detail, commands: [] }, mayHaveArrived };
}
