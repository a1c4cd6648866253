import { metricName, type Sample, unixSeconds } from '../../model/sample.ts';

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

/** The samples of a block, in order. A value survives the way there and back to the last bit. */
export function unpackLines(lines: string): Sample[] {
  const samples: Sample[] = [];
  eachSample(lines, (metric, value, atS) => samples.push({ metric: metricName(metric), value, atS: unixSeconds(atS) }));
  return samples;
}

/** Visits the samples of a block, in order. A line that is none, for SQLite does not see each damage, is left out. */
export function eachSample(lines: string, visit: (metric: string, value: number, atS: number) => void): void {
  for (let from = 0, end = 0; from < lines.length; from = end + 1) {
    end = endOf(lines, '\n', from, lines.length);
    const first = endOf(lines, ' ', from, end);
    const second = endOf(lines, ' ', first + 1, end);
    const text = lines.slice(first + 1, second);
    const time = lines.slice(second + 1, endOf(lines, ' ', second + 1, end));
    const [value, atS] = [Number(text), Number(time)];
    if (first > from && text !== '' && time !== '' && Number.isFinite(value) && Number.isSafeInteger(atS))
      visit(lines.slice(from, first), value, atS);
  }
}

/** Where a word or line ends that begins at `from`, before `most` at the latest. */
function endOf(lines: string, mark: string, from: number, most: number): number {
  const at = from > most ? -1 : lines.indexOf(mark, from);
  return at === -1 || at > most ? most : at;
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
