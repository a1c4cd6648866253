import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepStdout } from '../../src/runner/stdout.ts';

/** Hands over each chunk in one and the same buffer, as the pipes do. */
function keep(maxBytes: number, chunks: readonly Uint8Array[]) {
  const keeper = keepStdout(maxBytes);
  const scratch = Buffer.alloc(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    scratch.set(chunk);
    keeper.onChunk(scratch.subarray(0, chunk.length));
    scratch.fill(0xee);
  }
  const { kept, droppedBytes } = keeper.end();
  return { kept: Buffer.from(kept).toString('hex'), droppedBytes };
}

const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 });

test('the first bytes are kept up to the limit and the rest is counted, however they come', () => {
  fc.assert(
    fc.property(chunks, fc.nat(300), (parts, maxBytes) => {
      const whole = Buffer.concat(parts);
      const expected = {
        kept: whole.subarray(0, maxBytes).toString('hex'),
        droppedBytes: Math.max(0, whole.length - maxBytes),
      };
      expect(keep(maxBytes, parts)).toEqual(expected);
      expect(keep(maxBytes, [whole])).toEqual(expected);
      expect(
        keep(
          maxBytes,
          [...whole].map((byte) => Uint8Array.of(byte)),
        ),
      ).toEqual(expected);
    }),
  );
});

test('no output at all is kept as nothing', () => {
  expect(keep(16, [])).toEqual({ kept: '', droppedBytes: 0 });
});

test('three megabytes in pieces of 64 KiB and in odd ones are kept whole', () => {
  const whole = Buffer.from(Array.from({ length: 3 * 1024 * 1024 }, (_, index) => (index * 31) % 251));
  for (const step of [65_536, 99_991]) {
    const parts = Array.from({ length: Math.ceil(whole.length / step) }, (_, index) => whole.subarray(index * step, (index + 1) * step));
    expect(keep(16 * 1024 * 1024, parts).kept === whole.toString('hex')).toBe(true);
    expect(keep(1024 * 1024 + 7, parts)).toEqual({
      kept: whole.subarray(0, 1024 * 1024 + 7).toString('hex'),
      droppedBytes: whole.length - 1024 * 1024 - 7,
    });
  }
});
