/**
 * Sends a batch in requests that are small enough for the server. Samples that are settled (they
 * have arrived, or never will) are not sent again when the same batch is delivered again. A server
 * that accepts few samples at a time, and seldom, therefore gets the whole batch in the end.
 */
import type { Sample } from '../model/sample.ts';
import type { DeliveryResult } from '../model/sink.ts';
import { confirmedResult, returnedAsRefused } from './delivery-results.ts';
import type { HttpVerdict } from './http-answer.ts';
import { createRequestSize } from './request-size.ts';

/**
 * Progress of one batch: samples settled so far, and how many of them were dropped. `detail` says
 * why the first of the dropped samples was dropped.
 */
type BatchProgress = {
  readonly batch: string;
  readonly settled: number;
  readonly dropped: number;
  readonly detail: string;
};

const noBatch: BatchProgress = { batch: '', settled: 0, dropped: 0, detail: '' };

/**
 * The most single samples that are dropped as too large until the server accepts something again.
 * One more shows that the samples are not at fault.
 */
const mostLostInARow = 10;

/**
 * Returns a function that delivers a batch by `send`, one part after the other and in order. A
 * part that is too large is divided, and the parts after it are smaller too. A single sample that
 * is too large is dropped. But if the server has not accepted anything yet, or accepts nothing
 * any more, the batch comes back as refused, and `keys` names the settings to correct. A part
 * that comes back ends the delivery; the next delivery of the same batch continues there.
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
    while (progress.settled < samples.length) {
      const part = samples.slice(progress.settled, progress.settled + size.most());
      const result = judge(await send(part), part.length);
      if (result?.kind === 'returned') return result;
      if (result !== null) settle(part.length, result);
    }
    const { dropped, detail } = progress;
    progress = noBatch;
    return dropped === 0 ? confirmedResult : { kind: 'dropped', samples: dropped, detail };
  };

  /**
   * The result for a part of `samples` samples; null: it must be divided. Learns from the verdict.
   */
  function judge(verdict: HttpVerdict, samples: number): DeliveryResult | null {
    if (verdict.kind === 'too-large') {
      size.wasTooLarge(samples);
      return samples > 1 ? null : judgeTooLargeSample(verdict.detail);
    }
    if (verdict.kind === 'returned') return verdict;
    size.fitted(samples);
    if (verdict.kind === 'accepted' || verdict.samples < samples) mayBeLost = mostLostInARow;
    return verdict;
  }

  function judgeTooLargeSample(detail: string): DeliveryResult {
    if (mayBeLost === 0)
      return returnedAsRefused(
        `${detail}: even a single sample is too large for it; correct ${keys}, or raise the server's limit`,
      );
    mayBeLost -= 1;
    return { kind: 'dropped', samples: 1, detail: `${detail}: a single sample is too large for it` };
  }

  function settle(samples: number, result: Exclude<DeliveryResult, { kind: 'returned' }>): void {
    const { batch, settled, dropped, detail } = progress;
    const lost = result.kind === 'dropped' ? result : { samples: 0, detail: '' };
    progress = { batch, settled: settled + samples, dropped: dropped + lost.samples, detail: detail || lost.detail };
  }
}

/**
 * Tells one batch from another: a batch that comes back has the same size, first and last sample.
 */
function identityOfBatch(samples: readonly Sample[]): string {
  return JSON.stringify([samples.length, samples[0], samples.at(-1)]);
}
