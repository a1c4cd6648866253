import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openOutputFiles } from '../../src/io/disk/output-files.ts';
import { keepStdout } from '../../src/runner/stdout.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { withLargestFile } from '../store/largest-file.ts';

const inMemoryBytes = 128 * 1024;

/** Hands over each chunk in one and the same buffer, as the pipes do. */
function keep(dir: string, maxBytes: number, chunks: readonly Uint8Array[]) {
  const files = openOutputFiles(dir, 'life');
  const keeper = keepStdout(maxBytes, files);
  const scratch = Buffer.alloc(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    scratch.set(chunk);
    keeper.onChunk(scratch.subarray(0, chunk.length));
    scratch.fill(0xee);
  }
  const { stdout, droppedBytes, outputLost } = keeper.end();
  const kept = stdout.kind === 'bytes' ? Buffer.from(stdout.bytes) : readFileSync(files.pathOf(stdout.name));
  if (stdout.kind === 'file') expect(stdout.sizeBytes).toBe(kept.length);
  return { kind: stdout.kind, kept, droppedBytes, outputLost };
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

const pattern = (length: number) => Buffer.alloc(length, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));

test('the first bytes are kept up to the limit and the rest is counted, however they come', () => {
  const dir = tempDir();
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }), fc.nat(300), (parts, maxBytes) => {
      const whole = Buffer.concat(parts);
      const expected = {
        kind: 'bytes',
        kept: whole.subarray(0, maxBytes),
        droppedBytes: Math.max(0, whole.length - maxBytes),
        outputLost: null,
      };
      expect(keep(dir, maxBytes, parts)).toEqual(expected);
      expect(keep(dir, maxBytes, [whole])).toEqual(expected);
      expect(keep(dir, maxBytes, inPieces(whole, 1))).toEqual(expected);
    }),
  );
  expect(readdirSync(dir)).toEqual([]);
});

test('no output at all is kept as nothing', () => {
  expect(keep(tempDir(), 16, [])).toEqual({ kind: 'bytes', kept: Buffer.alloc(0), droppedBytes: 0, outputLost: null });
});

for (const [length, kind] of [
  [inMemoryBytes, 'bytes'],
  [inMemoryBytes + 1, 'file'],
  [3 * 1024 * 1024, 'file'],
] as const) {
  test(`${length} bytes are kept whole as ${kind === 'file' ? 'a private file' : 'bytes in memory'}, however they come`, () => {
    for (const size of [65_536, 99_991, length]) {
      const dir = tempDir();
      const whole = pattern(length);
      const { kept, ...others } = keep(dir, 16 * 1024 * 1024, inPieces(whole, size));
      expect([others, kept.equals(whole)]).toEqual([{ kind, droppedBytes: 0, outputLost: null }, true]);
      expect(readdirSync(dir).map((name) => statSync(join(dir, name)).mode & 0o7777)).toEqual(
        kind === 'file' ? [0o600] : [],
      );
    }
  });
}

test('of a large output the file holds what is allowed and no more', () => {
  const whole = pattern(1_000_000);
  const { kept, ...others } = keep(tempDir(), 500_001, inPieces(whole, 65_536));
  expect([others, kept.equals(whole.subarray(0, 500_001))]).toEqual([
    { kind: 'file', droppedBytes: 499_999, outputLost: null },
    true,
  ]);
});

test('where no file can be made, 1 MiB is kept in memory, the rest is counted, and why is said', () => {
  const dir = join(tempDir(), 'outputs');
  const files = openOutputFiles(dir, 'life');
  rmSync(dir, { recursive: true });
  for (const [length, keptBytes] of [
    [300_000, 300_000],
    [1_300_000, 1_020_000],
  ] as const) {
    const keeper = keepStdout(1e9, files);
    for (const chunk of inPieces(pattern(length), 60_000)) keeper.onChunk(chunk);
    const { stdout, droppedBytes, outputLost } = keeper.end();
    expect(stdout.kind === 'bytes' && Buffer.from(stdout.bytes).equals(pattern(keptBytes))).toBe(true);
    expect([droppedBytes, outputLost]).toEqual([
      length - keptBytes,
      length > keptBytes ? expect.stringContaining('ENOENT') : null,
    ]);
  }
});

test('where the file can not take what is in memory, that stays there, and no file is left', () => {
  const dir = tempDir();
  const { kept, ...others } = withLargestFile(70_000, () => keep(dir, 1e9, inPieces(pattern(1_300_000), 60_000)));
  expect(others).toEqual({ kind: 'bytes', droppedBytes: 280_000, outputLost: expect.stringContaining('EFBIG') });
  expect([kept.equals(pattern(1_020_000)), readdirSync(dir)]).toEqual([true, []]);
});

test('where the file can grow no more, it holds the chunks that went in whole', () => {
  const { kept, ...others } = withLargestFile(200_000, () => keep(tempDir(), 1e9, inPieces(pattern(300_000), 60_000)));
  expect(others).toEqual({ kind: 'file', droppedBytes: 120_000, outputLost: expect.stringContaining('EFBIG') });
  expect(kept.equals(pattern(180_000))).toBe(true);
});
