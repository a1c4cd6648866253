import { unixSeconds } from '../../model/sample.ts';
import type { SpoolView } from '../../model/spool.ts';
import type { SpoolContents } from './contents.ts';
import type { SpoolOptions } from './options.ts';
import { readBatch, readOldestAtS } from './read.ts';

/** How many samples a batch with increases has: their counters are written when it is accepted. */
const mostWithIncreases = 2500; // about 10 ms

/** Makes one sink's access to the spool. While the sink has no position, nothing waits for it. */
export function createSinkView(
  contents: SpoolContents,
  sink: string,
  { onFailed, onUnread, losses }: Pick<SpoolOptions, 'onFailed' | 'onUnread' | 'losses'>,
): SpoolView {
  const { counters, ledger, tail } = contents;

  /** Writes the position at once, so that blocks that all have passed free their room on disk. */
  function writePosition() {
    try {
      contents.writeAndDropPassed((sql) => ledger.write(sql));
      ledger.written();
    } catch (error) {
      onFailed(error);
    }
  }

  return {
    peek(maxSamples, wants = 'series') {
      const position = ledger.positions().get(sink);
      if (!position || contents.isPaused()) return null;
      const withIncreases = wants === 'increases';
      const most = withIncreases ? Math.min(maxSamples, mostWithIncreases) : maxSamples;
      const batch = tryRead(() => readBatch(contents.sql, tail, position.block, most, wants !== 'values'), onUnread);
      if (!batch) return null;
      const { samples, storedSamples, last } = batch;
      const counted = withIncreases ? counters.count(sink, samples) : { samples, after: null };
      ledger.openBatch(sink, { last, storedSamples, counters: counted.after });
      return { samples: counted.samples, storedSamples, position: last, hasMore: ledger.waiting(sink) > storedSamples };
    },
    waiting: () => ledger.waiting(sink),
    oldestAtS() {
      const position = ledger.positions().get(sink);
      const atS = position ? tryRead(() => readOldestAtS(contents.sql, tail, position.block), onUnread) : null;
      return atS === null ? null : unixSeconds(atS);
    },
    lost: () => ledger.positions().get(sink)?.lost ?? 0,
    accept(batch) {
      const unreadable = ledger.accept(sink, batch);
      if (unreadable === null) return;
      if (unreadable > 0) losses.unreadable(sink, unreadable);
      if (ledger.waiting(sink) === 0) losses.caughtUp(sink);
      const { hasAbsent, followed } = contents.totals;
      if (!hasAbsent) tail.passed(Math.min(ledger.first(), followed ?? Number.POSITIVE_INFINITY));
      if (contents.sql !== null) writePosition();
    },
  };
}

/** Whether the next batch of each sink can be read. Never throws. */
export function canReadAll({ ledger, sql, tail }: SpoolContents): boolean {
  try {
    for (const { block } of ledger.positions().values()) readBatch(sql, tail, block, 1);
    return true;
  } catch {
    return false;
  }
}

function tryRead<Value>(read: () => Value, onUnread: (error: unknown) => void): Value | null {
  try {
    return read();
  } catch (error) {
    onUnread(error);
    return null;
  }
}
