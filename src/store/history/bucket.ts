/** How many seconds of a metric are summed up in a row of the history. */
export const bucketS = 300;

/** When the bucket begins that a time (both in unix seconds) lies in. */
export function bucketOf(atS: number): number {
  return Math.floor(atS / bucketS) * bucketS;
}

/** One sample of a metric that is known from elsewhere. */
export type Timed = { readonly atS: number; readonly value: number };

/** What is known of one or more samples of a metric. */
export type Summary = { readonly samples: number; readonly mean: number; readonly min: number; readonly max: number };

/** What is known of one sample. */
export function summaryOf({ value }: Timed): Summary {
  return { samples: 1, mean: value, min: value, max: value };
}

/** Several, at least one, as one. The mean is never outside minimum and maximum, and finite however large the values are. */
export function joined(parts: readonly Summary[]): Summary {
  let [samples, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const part of parts) {
    samples += part.samples;
    sum += part.mean * part.samples;
    if (part.min < min) min = part.min;
    if (part.max > max) max = part.max;
  }
  const mean = Number.isFinite(sum) ? sum / samples : parts.reduce((share, part) => share + part.mean * (part.samples / samples), 0);
  return { samples, mean: Math.min(max, Math.max(min, mean)), min, max };
}

const sampleBytes = 10;

/** The samples of a bucket, in order, in 10 bytes each: the second within the bucket, and the value to the last bit. */
export function packBucket(beginS: number, samples: readonly Timed[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(samples.length * sampleBytes);
  samples.forEach(({ atS, value }, index) => {
    bytes.writeUInt16LE(atS - beginS, index * sampleBytes);
    bytes.writeDoubleLE(value, index * sampleBytes + 2);
  });
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
