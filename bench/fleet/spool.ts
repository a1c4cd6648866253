import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { SenderSpool } from '../../src/sender/sender.ts';

/** The beginning of the metric names in a large batch, where each line stands for ten. */
export const tenfold = 'tenfold-00.';

const fromTenfold = 1000;

/**
 * A spool that only counts. A batch of a thousand samples or more is given as a tenth of its
 * lines, where each line stands for ten: twenty million lines would take a minute to write.
 */
export function countingSpool(): SenderSpool & { append(count: number): void } {
  let waiting = 0;
  let position = 0;
  return {
    waiting: () => waiting,
    append(count) {
      waiting += count;
    },
    peek(maxSamples) {
      if (waiting === 0) return null;
      const count = Math.min(maxSamples, waiting);
      return {
        samples: fleetSamplesOf(count),
        storedSamples: count,
        position: position + count,
        hasMore: count < waiting,
      };
    },
    accept(batch) {
      waiting -= batch.storedSamples;
      position = batch.position;
    },
  };
}

const lists = new Map<number, readonly Sample[]>();

/**
 * The same list for every host that sends this many samples, so that ten thousand hosts do not
 * hold a list each.
 */
function fleetSamplesOf(count: number): readonly Sample[] {
  const samples =
    lists.get(count) ?? (count < fromTenfold ? samplesUnder('host-00000.', count) : samplesUnder(tenfold, count / 10));
  lists.set(count, samples);
  return samples;
}

function samplesUnder(host: string, count: number): readonly Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    metric: metricName(`${host}plugin_${String(index % 20).padStart(2, '0')}.metric_${index % 3}`),
    value: ((index * 7919) % 100_000) / 100,
    atS: unixSeconds(1_800_000_000),
  }));
}
