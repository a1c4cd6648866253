/**
 * A batch in requests that are not too large for the server. What is settled of a batch, because it has arrived or never will, is not sent
 * again when the same batch is delivered again: so a server that takes little at a time, and that seldom, has all of it in the end.
 */
import type { Sample } from '../model/sample.ts';
import type { DeliveryResult } from '../model/sink.ts';
import { type HttpVerdict, refused } from './http-answer.ts';
import { createRequestSize } from './request-size.ts';

/** How far a batch has come: so many of its samples are settled, and so many of these were dropped. `detail` is of the first that were. */
type Progress = { readonly batch: string; readonly settled: number; readonly dropped: number; readonly detail: string };

const noBatch: Progress = { batch: '', settled: 0, dropped: 0, detail: '' };

/** So many samples that are too large alone are lost before the server takes something again: then it is not the samples that are at fault. */
const mostLostInARow = 10;

/**
 * Delivers batches by `send`, part after part and in order. A part that is too large goes in smaller ones, and so do those after it. A
 * sample that is too large alone is dropped; a server that has yet to take anything, or takes nothing any more, refuses us instead, and
 * `keys` are what to correct. A part that comes back ends the delivery, and the next one goes on with it.
 */
export function inParts(
  send: (part: readonly Sample[]) => Promise<HttpVerdict>,
  keys: string,
): (batch: readonly Sample[]) => Promise<DeliveryResult> {
  const size = createRequestSize();
  let progress = noBatch;
  let mayBeLost = 0; // before the server has taken anything, nothing

  return async (samples) => {
    const batch = markOf(samples);
    if (progress.batch !== batch) progress = { ...noBatch, batch };
    while (progress.settled < samples.length) {
      const part = samples.slice(progress.settled, progress.settled + size.most());
      const delivery = judge(await send(part), part.length);
      if (delivery?.kind === 'returned') return delivery;
      if (delivery !== null) settle(part.length, delivery);
    }
    const { dropped, detail } = progress;
    progress = noBatch;
    return dropped === 0 ? { kind: 'accepted', confirmed: true } : { kind: 'dropped', samples: dropped, detail };
  };

  /** What became of a part, and what it teaches; null: it goes in smaller ones. */
  function judge(verdict: HttpVerdict, samples: number): DeliveryResult | null {
    if (verdict.kind === 'too-large') {
      size.wasTooLarge(samples);
      return samples > 1 ? null : tooLargeAlone(verdict.detail);
    }
    if (verdict.kind === 'returned') return verdict;
    size.fitted(samples);
    if (verdict.kind === 'accepted' || verdict.samples < samples) mayBeLost = mostLostInARow;
    return verdict;
  }

  function tooLargeAlone(detail: string): DeliveryResult {
    if (mayBeLost === 0)
      return refused(`${detail}: even one sample alone is too large for it; correct ${keys}, or raise its limit`);
    mayBeLost -= 1;
    return { kind: 'dropped', samples: 1, detail: `${detail}: one sample alone is too large for it` };
  }

  function settle(samples: number, delivery: Exclude<DeliveryResult, { kind: 'returned' }>): void {
    const { batch, settled, dropped, detail } = progress;
    const lost = delivery.kind === 'dropped' ? delivery : { samples: 0, detail: '' };
    progress = { batch, settled: settled + samples, dropped: dropped + lost.samples, detail: detail || lost.detail };
  }
}

/** Tells one batch from another: what comes back is the same in number, first and last sample. */
function markOf(samples: readonly Sample[]): string {
  return JSON.stringify([samples.length, samples[0], samples.at(-1)]);
}
