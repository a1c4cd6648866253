import { metricName, type Sample, unixSeconds } from '../model/sample.ts';

/** A block of the spool holds at most this many samples. */
export const blockSamples = 5000;

/** Samples as the spool keeps them: one `METRIC VALUE UNIX_SECONDS` a line, plain ASCII: a character is a byte. */
export type Block = { readonly samples: number; readonly lines: string };

/** Samples that are lost: how many, and from when to when they were read, in unix seconds. */
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

/** The samples of a block, in order. A value survives the way there and back to the last bit. */
export function unpackLines(lines: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of lines.split('\n')) {
    const [metric, value, atS] = line.split(' ');
    if (metric !== undefined && value !== undefined && atS !== undefined) {
      samples.push({ metric: metricName(metric), value: Number(value), atS: unixSeconds(Number(atS)) });
    }
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
  return { samples, oldestAtS, newestAtS };
}

/** Several losses as one; null: there is none. */
export function sumOfLosses(losses: readonly Loss[]): Loss | null {
  if (losses.length === 0) return null;
  return {
    samples: losses.reduce((sum, { samples }) => sum + samples, 0),
    oldestAtS: Math.min(...losses.map(({ oldestAtS }) => oldestAtS)),
    newestAtS: Math.max(...losses.map(({ newestAtS }) => newestAtS)),
  };
}
