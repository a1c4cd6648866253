/** Buckets: five minutes of one metric, as a summary or as packed samples. */

/** How many seconds of a metric a row of the history holds. */
export const bucketS = 300;

/** Returns when the bucket that holds a time begins. Both are unix seconds. */
export function bucketOf(atS: number): number {
  return Math.floor(atS / bucketS) * bucketS;
}

/** One sample; its metric is known from where it stands. */
export type TimedValue = { readonly atS: number; readonly value: number };

/** A summary of one or more samples of a metric. */
export type BucketSummary = {
  readonly samples: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
};

/**
 * Samples of one metric as a flat list: `unix second, value, unix second, value …`. It takes
 * little memory, and leaves no small objects to collect.
 */
export type FlatSamples = readonly number[];

/** Returns the summary of one sample. */
export function summaryOfSample({ value }: TimedValue): BucketSummary {
  return { samples: 1, mean: value, min: value, max: value };
}

/**
 * Joins one or more summaries to one. The mean is never outside minimum and maximum, and is
 * finite however large the values are.
 */
export function joinSummaries(summaries: readonly BucketSummary[]): BucketSummary {
  let [samples, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const summary of summaries) {
    samples += summary.samples;
    sum += summary.mean * summary.samples;
    if (summary.min < min) min = summary.min;
    if (summary.max > max) max = summary.max;
  }
  const mean = Number.isFinite(sum)
    ? sum / samples
    : summaries.reduce((share, summary) => share + summary.mean * (summary.samples / samples), 0);
  return { samples, mean: Math.min(max, Math.max(min, mean)), min, max };
}

/** Returns the summary of one or more samples. */
export function summaryOfAll(numbers: FlatSamples): BucketSummary {
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 1; at < numbers.length; at += 2) {
    const value = numbers[at] ?? 0;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const samples = numbers.length / 2;
  if (!Number.isFinite(sum)) return joinSummaries(timed(numbers).map(summaryOfSample));
  return { samples, mean: Math.min(max, Math.max(min, sum / samples)), min, max };
}

/** Sorts samples by their time; those of one second keep their order. */
export function inOrder(numbers: FlatSamples): FlatSamples {
  const isInOrder = numbers.every((atS, at) => at % 2 === 1 || at === 0 || atS >= (numbers[at - 2] ?? 0));
  if (isInOrder) return numbers;
  return timed(numbers)
    .sort((a, b) => a.atS - b.atS)
    .flatMap(({ atS, value }) => [atS, value]);
}

function timed(numbers: FlatSamples): TimedValue[] {
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    atS: numbers[index * 2] ?? 0,
    value: numbers[index * 2 + 1] ?? 0,
  }));
}

const sampleBytes = 10;

/**
 * Packs a bucket's samples in 10 bytes each: the second within the bucket, and the exact value.
 */
export function packBucket(beginS: number, numbers: FlatSamples): Uint8Array {
  const bytes = Buffer.allocUnsafe((numbers.length / 2) * sampleBytes);
  for (let at = 0; at < numbers.length; at += 2) {
    const offset = (at / 2) * sampleBytes;
    bytes.writeUInt16LE((numbers[at] ?? 0) - beginS, offset);
    bytes.writeDoubleLE(numbers[at + 1] ?? 0, offset + 2);
  }
  return bytes;
}

/**
 * Unpacks what `packBucket` packed. Leaves out what it can't have packed: SQLite does not detect
 * every kind of damage.
 */
export function unpackBucket(beginS: number, bytes: Uint8Array): TimedValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples: TimedValue[] = [];
  for (let at = 0; at + sampleBytes <= bytes.length; at += sampleBytes) {
    const [second, value] = [view.getUint16(at, true), view.getFloat64(at + 2, true)];
    if (second < bucketS && Number.isFinite(value)) samples.push({ atS: beginS + second, value });
  }
  return samples;
}
