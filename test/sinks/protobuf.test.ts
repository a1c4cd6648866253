import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { ProtobufWriter } from '../../src/sinks/protobuf.ts';

const schema = protobuf.parse(`
  syntax = "proto3";
  message Tree {
    repeated int64 integers = 1 [packed = false];
    repeated double doubles = 2 [packed = false];
    repeated fixed64 times = 300 [packed = false];
    repeated string texts = 4;
    repeated uint64 packed = 5 [packed = true];
    repeated bool flags = 536870911 [packed = false];
    repeated Tree children = 6;
  }`).root;
const messages = schema.lookupType('Tree');

type Tree = {
  readonly integers: readonly number[];
  readonly doubles: readonly number[];
  readonly times: readonly bigint[];
  readonly texts: readonly string[];
  readonly packed: readonly number[];
  readonly flags: readonly boolean[];
  readonly children: readonly Tree[];
};

const leaf: Tree = { integers: [], doubles: [], times: [], texts: [], packed: [], flags: [], children: [] };

function write(writer: ProtobufWriter, tree: Tree): void {
  for (const value of tree.integers) writer.integer(1, value);
  for (const value of tree.doubles) writer.double(2, value);
  for (const value of tree.times) writer.fixed64(300, value);
  for (const text of tree.texts) writer.string(4, text);
  if (tree.packed.length > 0) writer.packedIntegers(5, tree.packed);
  for (const flag of tree.flags) writer.boolean(536_870_911, flag);
  for (const child of tree.children) {
    const start = writer.begin(6);
    write(writer, child);
    writer.end(start);
  }
}

function written(tree: Tree, expectedBytes?: number): Buffer {
  const writer = new ProtobufWriter(expectedBytes);
  write(writer, tree);
  return writer.finish();
}

/** What protobufjs reads in a message. */
function read(bytes: Uint8Array): object {
  return messages.toObject(messages.decode(bytes), { longs: String, arrays: true });
}

/** A tree as protobufjs gives it: with 64-bit integers as text, and U+FFFD for half a pair. */
function asRead(tree: Tree): object {
  return {
    ...tree,
    integers: tree.integers.map(String),
    times: tree.times.map(String),
    texts: tree.texts.map((text) => text.replace(/\p{Surrogate}/gu, '\ufffd')),
    packed: tree.packed.map(String),
    children: tree.children.map(asRead),
  };
}

const anyInteger = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc
    .integer({ min: 0, max: 53 })
    .chain((bits) => fc.constantFrom(Math.max(0, 2 ** bits - 1), Math.min(2 ** bits, 2 ** 53 - 1))),
);
const half = fc.constantFrom('\ud800', '\udfff', '\ud83d\ude00', '\ude00\ud83d');
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ maxLength: 300 }),
  fc.array(fc.oneof(fc.string({ maxLength: 70 }), half), { maxLength: 5 }).map((parts) => parts.join('')),
);
/** Trees of up to `depth` levels below the first. */
function anyTree(depth: number): fc.Arbitrary<Tree> {
  return fc.record(
    {
      integers: fc.array(anyInteger, { maxLength: 4 }),
      doubles: fc.array(fc.double(), { maxLength: 4 }),
      times: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 4 }),
      texts: fc.array(anyText, { maxLength: 4 }),
      packed: fc.array(anyInteger, { maxLength: 40 }),
      flags: fc.array(fc.boolean(), { maxLength: 4 }),
      children: depth === 0 ? fc.constant([]) : fc.array(anyTree(depth - 1), { maxLength: 2 }),
    },
    { noNullPrototype: true },
  );
}

test("protobuf's own reader gives back what was written, whatever the first size of the buffer", () => {
  fc.assert(
    fc.property(anyTree(3), fc.nat(200), (tree, expectedBytes) => {
      expect(read(written(tree, expectedBytes))).toEqual(asRead(tree));
    }),
  );
});

test.each([0, 1, 126, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152])(
  'a nested message of %d bytes keeps its place between others',
  (bytes) => {
    const text = 'x'.repeat(Math.max(0, bytes - 5));
    const children = [
      { ...leaf, texts: ['before'] },
      { ...leaf, texts: [text] },
      { ...leaf, texts: ['after'] },
    ];
    expect(read(written({ ...leaf, children: [{ ...leaf, children }] }))).toEqual(
      asRead({ ...leaf, children: [{ ...leaf, children }] }),
    );
  },
);

test.each([
  [{ ...leaf, integers: [150] }, '089601'], // the examples of protobuf.dev
  [{ ...leaf, texts: ['testing'] }, '220774657374696e67'],
  [{ ...leaf, packed: [3, 270, 86_942] }, '2a06038e029ea705'],
  [{ ...leaf, children: [{ ...leaf, integers: [150] }] }, '3203089601'],
  [{ ...leaf, integers: [0, 2 ** 53 - 1] }, '080008ffffffffffffff0f'],
  [{ ...leaf, doubles: [1] }, '11000000000000f03f'],
  [leaf, ''],
])('the bytes of %j are %s', (tree, bytes) => expect(written(tree).toString('hex')).toBe(bytes));
