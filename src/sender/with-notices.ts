import type { NoticeQueue } from '../model/mark.ts';
import type { Batch } from '../model/sink.ts';
import type { SenderSpool } from './sender.ts';

/** Notices go alone where no sample waits. No position is 0, so none moves. */
const noSamples: Batch = { samples: [], storedSamples: 0, position: 0, hasMore: false };

/**
 * Returns a spool in which each batch has the notices that wait, too: they are accepted with it, or
 * come back with it.
 */
export function withNotices(spool: SenderSpool, queue: NoticeQueue): SenderSpool {
  return {
    waiting: () => spool.waiting() + queue.owed().length,
    peek(maxSamples, wants) {
      const batch = spool.peek(maxSamples, wants);
      const notices = queue.owed();
      return notices.length === 0 ? batch : { ...(batch ?? noSamples), notices };
    },
    accept(batch) {
      spool.accept(batch);
      if (batch.notices) queue.accepted(batch.notices);
    },
  };
}
