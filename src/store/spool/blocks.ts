/** Samples as text, in blocks: packing, unpacking, and adding up what the loss of blocks means. */
import { metricName, type Sample, unixSeconds } from '../../model/sample.ts';
import type { Series } from '../../model/series.ts';
import { isInfoWord, packSeries, unpackSeries } from './series-word.ts';

/** A block of the spool holds at most this many samples. */
export const blockSamples = 5000;

/**
 * Samples as the spool keeps them: one `METRIC VALUE UNIX_SECONDS` a line, and behind a further
 * space the sample's series, if it has one (`series-word.ts`). The text is plain ASCII, so its
 * length is its size in bytes.
 */
export type Block = { readonly samples: number; readonly lines: string };

/** Samples that are lost: how many, and the times of the oldest and the newest in unix seconds. */
export type Loss = { readonly samples: number; readonly oldestAtS: number; readonly newestAtS: number };

/** Returns the line of a sample in a block. */
export function packedLine(metric: string, value: number, atS: number, series?: Series): string {
  return series === undefined ? `${metric} ${value} ${atS}\n` : `${metric} ${value} ${atS} ${packSeries(series)}\n`;
}

/** Packs samples into blocks, one in memory at a time. */
export function* packBlocks(samples: Iterable<Sample>): Generator<Block, void, undefined> {
  let lines = '';
  let count = 0;
  for (const sample of samples) {
    lines += packedLine(sample.metric, sample.value, sample.atS, sample.series);
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
 * Returns the samples of a block, in order. Values are exact: what was packed comes back bit by
 * bit. A sample whose series is damaged comes back without it.
 */
export function unpackLines(lines: string): Sample[] {
  return unpacked(lines, (word) => (word === '' ? null : unpackSeries(word)));
}

/** Returns them likewise; of their series only that one is of the kind `info`. */
export function unpackValues(lines: string): Sample[] {
  return unpacked(lines, (word) => (isInfoWord(word) ? anyInfo : null));
}

const anyInfo: Series = { family: null, labels: [], kind: 'info', unit: '' };

function unpacked(lines: string, seriesOf: (word: string) => Series | null): Sample[] {
  const samples: Sample[] = [];
  eachSample(lines, (metric, value, atS, word) => {
    const series = seriesOf(word);
    const [name, time] = [metricName(metric), unixSeconds(atS)];
    samples.push(series === null ? { metric: name, value, atS: time } : { metric: name, value, atS: time, series });
  });
  return samples;
}

/**
 * Calls `visit` with each sample of a block, in order. `series` is the word of its series; empty:
 * it has none. Lines that do not hold a sample are left out: SQLite does not detect every kind of
 * damage.
 */
export function eachSample(
  lines: string,
  visit: (metric: string, value: number, atS: number, series: string) => void,
): void {
  for (let from = 0, end = 0; from < lines.length; from = end + 1) {
    end = endOf(lines, '\n', from, lines.length);
    const first = endOf(lines, ' ', from, end);
    const second = endOf(lines, ' ', first + 1, end);
    const third = endOf(lines, ' ', second + 1, end);
    const text = lines.slice(first + 1, second);
    const time = lines.slice(second + 1, third);
    const [value, atS] = [Number(text), Number(time)];
    if (first > from && text !== '' && time !== '' && Number.isFinite(value) && Number.isSafeInteger(atS))
      visit(lines.slice(from, first), value, atS, third < end ? lines.slice(third + 1, end) : '');
  }
}

/** Returns where the line or word that begins at `from` ends; `most` if it does not end before. */
function endOf(lines: string, mark: string, from: number, most: number): number {
  const at = from > most ? -1 : lines.indexOf(mark, from);
  return at === -1 || at > most ? most : at;
}

/** Returns what is lost with a block. Both times are 0 if no line of it can be read. */
export function lossOf({ samples, lines }: Block): Loss {
  let [oldestAtS, newestAtS] = [Number.POSITIVE_INFINITY, 0];
  eachSample(lines, (_metric, _value, atS) => {
    oldestAtS = Math.min(oldestAtS, atS);
    newestAtS = Math.max(newestAtS, atS);
  });
  return { samples, oldestAtS: Math.min(oldestAtS, newestAtS), newestAtS };
}

/** Adds losses up to one. Null: the list is empty. */
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
