import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const folder = fileURLToPath(new URL('../../fixtures/remote-write/', import.meta.url));

function messageOf(file: string, name: string): protobuf.Type {
  return protobuf.parse(readFileSync(`${folder}${file}`, 'utf8')).root.lookupType(name);
}

const messages = {
  'application/x-protobuf': messageOf('v1.proto', 'prometheus.WriteRequest'),
  'application/x-protobuf;proto=io.prometheus.write.v2.Request': messageOf(
    'v2.proto',
    'io.prometheus.write.v2.Request',
  ),
};

/** A series of a request. `type` and `unit` are null where the version has none. */
export type ReadSeries = {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly { readonly value: number; readonly atMs: number }[];
  readonly type: string | null;
  readonly unit: string | null;
};

type PlainSample = { readonly value: number; readonly timestamp: number };

/** What protobufjs makes of either version's message. */
type PlainRequest = {
  readonly symbols?: readonly string[];
  readonly timeseries: readonly {
    readonly labels?: readonly { readonly name: string; readonly value: string }[];
    readonly labelsRefs?: readonly number[];
    readonly samples: readonly PlainSample[];
    readonly metadata?: { readonly type: string; readonly unitRef: number };
  }[];
};

/**
 * Reads the body of a request by the content type that it has. Throws where it is not compressed,
 * or has a field that the definitions do not have.
 */
export function parseRemoteWrite(body: Uint8Array, contentType: string | undefined): readonly ReadSeries[] {
  const message = Object.entries(messages).find(([type]) => type === contentType)?.[1];
  if (message === undefined) throw new Error(`${contentType} is not a content type of remote write`);
  const bytes = unsnap(body);
  const decoded = message.decode(bytes);
  if (message.encode(decoded).finish().length !== bytes.length) throw new Error('there are unknown fields');
  const plain = message.toObject(decoded, { longs: Number, enums: String, defaults: true, arrays: true });
  return seriesIn(plain as PlainRequest);
}

function seriesIn({ symbols = [], timeseries }: PlainRequest): readonly ReadSeries[] {
  const symbol = (reference: number | undefined): string => {
    const text = symbols[reference ?? -1];
    if (text === undefined) throw new Error(`there is no symbol ${reference}`);
    return text;
  };
  if (symbols.length > 0 && symbol(0) !== '') throw new Error('the first symbol is not empty');
  if (new Set(symbols).size < symbols.length) throw new Error('a symbol is there twice');
  return timeseries.map(({ labels, labelsRefs = [], samples, metadata }) => ({
    labels: labels
      ? labels.map(({ name, value }) => [name, value] as const)
      : labelsRefs.flatMap((name, at) => (at % 2 === 0 ? [[symbol(name), symbol(labelsRefs[at + 1])] as const] : [])),
    samples: samples.map(({ value, timestamp }) => ({ value, atMs: timestamp })),
    type: metadata?.type ?? null,
    unit: metadata ? symbol(metadata.unitRef) : null,
  }));
}

/** Unpacks Snappy's block format, as google/snappy describes it. Throws where it is not that. */
export function unsnap(packed: Uint8Array): Uint8Array {
  let at = 0;
  const next = (): number => {
    const byte = packed[at++];
    if (byte === undefined) throw new Error('it ends too early');
    return byte;
  };
  const little = (bytes: number): number => {
    let value = 0;
    for (let index = 0; index < bytes; index += 1) value += next() * 2 ** (8 * index);
    return value;
  };
  let length = 0;
  for (let [byte, shift] = [0x80, 0]; byte >= 0x80; shift += 7) {
    byte = next();
    length += (byte & 0x7f) * 2 ** shift;
  }
  const output: number[] = [];
  while (at < packed.length) {
    const tag = next();
    if ((tag & 3) === 0) {
      const last = tag >> 2;
      for (let count = last < 60 ? last + 1 : little(last - 59) + 1; count > 0; count -= 1) output.push(next());
      continue;
    }
    const count = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = (tag & 3) === 1 ? (tag >> 5) * 256 + next() : little((tag & 3) === 2 ? 2 : 4);
    if (distance === 0 || distance > output.length) throw new Error('a copy from before the beginning');
    for (let index = 0; index < count; index += 1) output.push(output[output.length - distance] ?? 0);
  }
  if (output.length !== length) throw new Error(`${output.length} bytes, not ${length}`);
  return Uint8Array.from(output);
}
