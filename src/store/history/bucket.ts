/** How many seconds of a metric are summed up in a row of the history. */
export const bucketS = 300;

/** When the bucket begins that a time (both in unix seconds) lies in. */
export function bucketOf(atS: number): number {
  return Math.floor(atS / bucketS) * bucketS;
}

/** One sample of a metric that is known from elsewhere. */
export type Timed = { readonly atS: number; readonly value: number };

/** What is known of one or more samples of a metric. */
export type BucketSummary = {
  readonly samples: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
};

/** Samples of one metric as a row of numbers, `unix second, value, unix second, value …`, which is little to keep and nothing to throw away. */
export type Numbers = readonly number[];

/** What is known of one sample. */
export function summaryOfSample({ value }: Timed): BucketSummary {
  return { samples: 1, mean: value, min: value, max: value };
}

/** Several, at least one, as one. The mean is never outside minimum and maximum, and finite however large the values are. */
export function joinSummaries(parts: readonly BucketSummary[]): BucketSummary {
  let [samples, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const part of parts) {
    samples += part.samples;
    sum += part.mean * part.samples;
    if (part.min < min) min = part.min;
    if (part.max > max) max = part.max;
  }
  const mean = Number.isFinite(sum)
    ? sum / samples
    : parts.reduce((share, part) => share + part.mean * (part.samples / samples), 0);
  return { samples, mean: Math.min(max, Math.max(min, mean)), min, max };
}

/** What is known of samples, at least one, together. */
export function summaryOfAll(numbers: Numbers): BucketSummary {
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

/** The samples by their time, those of one second as they came. */
export function inOrder(numbers: Numbers): Numbers {
  const isInOrder = numbers.every((atS, at) => at % 2 === 1 || at === 0 || atS >= (numbers[at - 2] ?? 0));
  if (isInOrder) return numbers;
  return timed(numbers)
    .sort((a, b) => a.atS - b.atS)
    .flatMap(({ atS, value }) => [atS, value]);
}

function timed(numbers: Numbers): Timed[] {
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    atS: numbers[index * 2] ?? 0,
    value: numbers[index * 2 + 1] ?? 0,
  }));
}

const sampleBytes = 10;

/** The samples of a bucket in 10 bytes each: the second within the bucket, and the value to the last bit. */
export function packBucket(beginS: number, numbers: Numbers): Uint8Array {
  const bytes = Buffer.allocUnsafe((numbers.length / 2) * sampleBytes);
  for (let at = 0; at < numbers.length; at += 2) {
    const offset = (at / 2) * sampleBytes;
    bytes.writeUInt16LE((numbers[at] ?? 0) - beginS, offset);
    bytes.writeDoubleLE(numbers[at + 1] ?? 0, offset + 2);
  }
  return bytes;
}

/** The way back. What can't have been packed, for SQLite does not see each damage, is left out. */
export function unpackBucket(beginS: number, bytes: Uint8Array): Timed[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples: Timed[] = [];
  for (let at = 0; at + sampleBytes <= bytes.length; at += sampleBytes) {
    const [second, value] = [view.getUint16(at, true), view.getFloat64(at + 2, true)];
    if (second < bucketS && Number.isFinite(value)) samples.push({ atS: beginS + second, value });
  }
  return samples;
}
