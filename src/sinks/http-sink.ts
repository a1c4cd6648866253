import type { Clock } from '../io/clock.ts';
import { gzip } from '../io/net/gzip.ts';
import type { HttpAnswer, HttpOutcome, HttpPost } from '../io/net/http-post.ts';
import type { Compression, ProxySettings, TlsSettings } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Sample } from '../model/sample.ts';
import { type Patience, positionKeptForS, type Sink } from '../model/sink.ts';
import { CurrentAttempt } from './current-attempt.ts';
import { createDeliveryInParts } from './delivery-in-parts.ts';
import { returnedAsLost } from './delivery-results.ts';
import { createGzipTrial, type HttpBody, type HttpReport } from './gzip-trial.ts';
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
  readonly compression: Compression;
  readonly proxy: ProxySettings | null;
  readonly secret: string;
  format(samples: readonly Sample[]): string | Uint8Array | Promise<Uint8Array>;
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
  const attempt = new CurrentAttempt<HttpReport>((mayHaveArrived) => ({
    status: null,
    verdict: givenUp(mayHaveArrived),
  }));
  const postCompressed = createGzipTrial(edges.emit, name, peer.url, gzip, send);
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
    const body = { samples: samples.length, content: await plan.format(samples) };
    const verdict = plan.compression === 'gzip' ? await postCompressed(body) : (await send(body)).verdict;
    return verdict === 'send-again' ? post(samples) : verdict;
  }

  function send({ samples, content, encoding }: HttpBody): Promise<HttpReport> {
    return attempt.run((resolve) => {
      warnIfUnverified();
      const coding = encoding === undefined ? '' : ` of ${encoding}`;
      const line = `POST ${peer.url}: ${samples} samples in ${content.length} bytes${coding}`;
      edges.emit({ event: 'wire.sent', sink: name, line });
      const headers = encoding === undefined ? plan.headers : { ...plan.headers, 'content-encoding': encoding };
      const { silenceMs } = edges.patience;
      const request = { url: peer.url, headers, body: content, tls, silenceMs, proxy: plan.proxy };
      return edges.httpPost(edges.clock, request, (outcome) => resolve(judge(outcome, samples)));
    });
  }

  function judge(outcome: HttpOutcome, samples: number): HttpReport {
    if (outcome.kind === 'failed')
      return { status: null, verdict: returnedAsLost(outcome.failure.detail, outcome.mayHaveArrived) };
    const { answer } = outcome;
    edges.emit({ event: 'wire.received', sink: name, line: `${answer.status}${quoteAnswer(answer, peer.secrets)}` });
    return { status: answer.status, verdict: plan.judge(answer, samples, edges.clock.nowMs()) };
  }
}
