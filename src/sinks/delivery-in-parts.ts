/**
 * Sends a batch in requests that the server accepts. Samples that are settled (they have arrived,
 * or never will) are not sent again when the same batch is delivered again. A server that accepts
 * few samples at a time, and seldom, therefore gets the whole batch in the end.
 */
import type { Sample } from '../model/sample.ts';
import type { DeliveryResult } from '../model/sink.ts';
import { confirmedResult, returnedAsRefused } from './delivery-results.ts';
import type { HttpVerdict } from './http-answer.ts';
import { RefusedSamples } from './refused-samples.ts';
import { createRequestSize } from './request-size.ts';

/**
 * Progress of one batch: samples settled so far, and how many of them were dropped. `detail` says
 * why the first of the dropped samples was dropped. Samples before `unansweredUntil` were in a
 * request that may have arrived, though no answer came.
 */
type BatchProgress = {
  readonly batch: string;
  readonly settled: number;
  readonly dropped: number;
  readonly detail: string;
  readonly unansweredUntil: number;
};

const noBatch: BatchProgress = { batch: '', settled: 0, dropped: 0, detail: '', unansweredUntil: 0 };

/**
 * The most single samples that are dropped until the server accepts something again, if it does not
 * say that the samples are at fault. One more shows that they are not.
 */
const mostLostInARow = 10;

/**
 * The most requests of one delivery. Where many samples are refused, the next delivery of the batch
 * continues after a wait.
 */
const mostRequests = 1200;

/**
 * Returns a function that delivers a batch by `send`, one part after the other and in order. A part
 * that is too large, or refused because of some of its samples, is divided. After one that is too
 * large, later parts are smaller too. A single sample that is too large or refused is dropped. But
 * if the server has not accepted anything yet, or accepts nothing any more, and does not say that
 * the samples are at fault, the batch comes back as refused, and `keys` names the settings to
 * correct. A part that comes back ends the delivery; the next delivery of the same batch continues
 * there.
 */
export function createDeliveryInParts(
  send: (part: readonly Sample[]) => Promise<HttpVerdict>,
  keys: string,
): (batch: readonly Sample[]) => Promise<DeliveryResult> {
  const size = createRequestSize();
  let progress = noBatch;
  let mayBeLost = 0; // no sample is dropped before the server has accepted something

  return async (samples) => {
    const batch = identityOfBatch(samples);
    if (progress.batch !== batch) progress = { ...noBatch, batch };
    const search = new RefusedSamples();
    for (let requests = 1; progress.settled < samples.length; requests += 1) {
      const pending = samples.slice(progress.settled, progress.settled + size.most());
      const part = pending.slice(0, search.next(pending));
      const verdict = await send(part);
      const result = judge(verdict, part, search);
      if (result?.kind === 'returned') return result;
      if (result !== null) settle(part.length, result);
      if (verdict.kind === 'refused-samples' && requests >= mostRequests && progress.settled < samples.length)
        return stillSearching(verdict.detail, samples.length - progress.settled);
    }
    const { dropped, detail } = progress;
    progress = noBatch;
    return dropped === 0 ? confirmedResult : { kind: 'dropped', samples: dropped, detail };
  };

  /** The result for a part; null: it must be divided. Learns from the verdict. */
  function judge(verdict: HttpVerdict, part: readonly Sample[], search: RefusedSamples): DeliveryResult | null {
    switch (verdict.kind) {
      case 'too-large':
        size.wasTooLarge(part.length);
        return part.length > 1 ? null : judgeTooLargeSample(verdict.detail);
      case 'refused-samples':
        search.refused(part);
        return part.length > 1 ? null : judgeRefusedSample(verdict);
      case 'returned':
        if (verdict.mayHaveArrived) noteUnanswered(part.length);
        return verdict;
      default:
        size.fitted(part.length);
        search.accepted(part);
        if (verdict.kind !== 'dropped' || verdict.samples < part.length) mayBeLost = mostLostInARow;
        return verdict.kind === 'stored-others' ? lostUnlessSentBefore(verdict) : verdict;
    }
  }

  function judgeTooLargeSample(detail: string): DeliveryResult {
    const otherwise = `even a single sample is too large for it; correct ${keys}, or raise the server's limit`;
    return judgeSuspectedSample(`${detail}: a single sample is too large for it`, `${detail}: ${otherwise}`);
  }

  function judgeRefusedSample({ detail, areAtFault }: RefusedVerdict): DeliveryResult {
    if (!areAtFault) return judgeSuspectedSample(detail, `${detail}: even a single sample is refused; correct ${keys}`);
    return lostUnlessSentBefore({ samples: 1, detail });
  }

  /** A sample that has arrived already is refused, too, once a later one of its series is there. */
  function lostUnlessSentBefore({ samples, detail }: Pick<DroppedResult, 'samples' | 'detail'>): DeliveryResult {
    return progress.settled < progress.unansweredUntil ? confirmedResult : { kind: 'dropped', samples, detail };
  }

  /** Drops a sample, unless too many in a row show that something else is at fault. */
  function judgeSuspectedSample(detail: string, otherwise: string): DeliveryResult {
    if (mayBeLost === 0) return returnedAsRefused(otherwise);
    mayBeLost -= 1;
    return { kind: 'dropped', samples: 1, detail };
  }

  function noteUnanswered(samples: number): void {
    progress = { ...progress, unansweredUntil: Math.max(progress.unansweredUntil, progress.settled + samples) };
  }

  function settle(samples: number, result: Exclude<DeliveryResult, { kind: 'returned' }>): void {
    const { settled, dropped, detail } = progress;
    const lost = result.kind === 'dropped' ? result : { samples: 0, detail: '' };
    const [settledNow, droppedNow] = [settled + samples, dropped + lost.samples];
    progress = { ...progress, settled: settledNow, dropped: droppedNow, detail: detail || lost.detail };
  }
}

type DroppedResult = Extract<DeliveryResult, { kind: 'dropped' }>;
type RefusedVerdict = Extract<HttpVerdict, { kind: 'refused-samples' }>;

/** The result of a delivery that has made `mostRequests` requests. */
function stillSearching(detail: string, samples: number): DeliveryResult {
  const spent = `${mostRequests} requests were made to find what it refuses`;
  const sentence = `${detail}; ${spent}, and ${samples} samples are left`;
  const trouble = { kind: 'busy', sentence, commands: [], retryAfterMs: null } as const;
  return { kind: 'returned', trouble, mayHaveArrived: false };
}

/**
 * Tells one batch from another: a batch that comes back has the same size, first and last sample.
 */
function identityOfBatch(samples: readonly Sample[]): string {
  return JSON.stringify([samples.length, samples[0], samples.at(-1)]);
}
