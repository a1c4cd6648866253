import { metricName, type Sample, unixSeconds } from '../model/sample.ts';

/** A block of the spool holds at most this many samples. */
export const blockSamples = 5000;

/** Samples as the spool keeps them: one `METRIC VALUE UNIX_SECONDS` a line, plain ASCII: a character is a byte. */
export type Block = { readonly samples: number; readonly lines: string };

/** Samples that are lost: how many, and from when to when by their own time, in unix seconds. */
export type Loss = { readonly samples: number; readonly oldestAtS: number; readonly newestAtS: number };

/** Packs samples into blocks, one in memory at a time. */
export function* packBlocks(samples: Iterable<Sample>): Generator<Block, void, undefined> {
  let lines = '';
  let count = 0;
  for (const { metric, value, atS } of samples) {
    lines += `${metric} ${value} ${atS}\n`;
    count += 1;
    if (count === blockSamples) {
      yield { samples: count, lines };
      lines = '';
      count = 0;
    }
  }
  if (count > 0) yield { samples: count, lines };
}

/**
 * The samples of a block, in order. A value survives the way there and back to the last bit. A line that is none, for SQLite does not
 * see each damage, is left out.
 */
export function unpackLines(lines: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of lines.split('\n')) {
    const [metric = '', text = '', time = ''] = line.split(' ');
    const [value, atS] = [Number(text), Number(time)];
    if (metric !== '' && text !== '' && time !== '' && Number.isFinite(value) && Number.isSafeInteger(atS))
      samples.push({ metric: metricName(metric), value, atS: unixSeconds(atS) });
  }
  return samples;
}

/** What the loss of a block means. */
export function lossOf({ samples, lines }: Block): Loss {
  let [oldestAtS, newestAtS] = [Number.POSITIVE_INFINITY, 0];
  for (const { atS } of unpackLines(lines)) {
    oldestAtS = Math.min(oldestAtS, atS);
    newestAtS = Math.max(newestAtS, atS);
  }
  return { samples, oldestAtS: Math.min(oldestAtS, newestAtS), newestAtS }; // 0 and 0 where not a line can be read
}

/** Several losses as one; null: there is none. */
export function sumOfLosses(losses: readonly Loss[]): Loss | null {
  const [first, ...others] = losses;
  if (first === undefined) return null;
  return others.reduce(
    (sum, loss) => ({
      samples: sum.samples + loss.samples,
      oldestAtS: Math.min(sum.oldestAtS, loss.oldestAtS),
      newestAtS: Math.max(sum.newestAtS, loss.newestAtS),
    }),
    first,
  );
}
