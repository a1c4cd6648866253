import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openOutputFiles } from '../../src/io/disk/output-files.ts';
import { OutputMemory } from '../../src/runner/output-memory.ts';
import { keepStdout } from '../../src/runner/stdout.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { withLargestFile } from '../store/largest-file.ts';

const inMemoryBytes = 128 * 1024;

/** Hands over each chunk in one and the same buffer, as the pipes do. */
function keep(dir: string, maxBytes: number, chunks: readonly Uint8Array[], memory = new OutputMemory()) {
  const files = openOutputFiles(dir, 'life');
  const keeper = keepStdout(maxBytes, { files, memory });
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

/** What an output can be kept in, after the disk refused it, of the memory that runs share. */
const shared = (bytes: number) => new OutputMemory(bytes - inMemoryBytes);

test('where no file can be made, an output is kept in memory up to its limit', () => {
  const dir = join(tempDir(), 'outputs');
  const files = openOutputFiles(dir, 'life');
  rmSync(dir, { recursive: true });
  const keeper = keepStdout(5_000_000, { files, memory: new OutputMemory() });
  for (const chunk of inPieces(pattern(5_100_000), 60_000)) keeper.onChunk(chunk);
  const { stdout, droppedBytes, outputLost } = keeper.end();
  expect(stdout.kind === 'bytes' && Buffer.from(stdout.bytes).equals(pattern(5_000_000))).toBe(true);
  expect([droppedBytes, outputLost]).toEqual([100_000, null]);
});

test('where the file can not take what is in memory, that stays there, and no file is left', () => {
  const dir = tempDir();
  const { kept, ...others } = withLargestFile(70_000, () => keep(dir, 1e9, inPieces(pattern(1_300_000), 60_000)));
  expect(others).toEqual({ kind: 'bytes', droppedBytes: 0, outputLost: null });
  expect([kept.equals(pattern(1_300_000)), readdirSync(dir)]).toEqual([true, []]);
});

test('where the file can grow no more, the output continues in memory with what is in the file, and no file is left', () => {
  for (const size of [60_000, 99_991, 7000]) {
    const dir = tempDir();
    const { kept, ...others } = withLargestFile(200_000, () => keep(dir, 290_000, inPieces(pattern(300_000), size)));
    expect(others).toEqual({ kind: 'bytes', droppedBytes: 10_000, outputLost: null });
    expect([kept.equals(pattern(290_000)), readdirSync(dir)]).toEqual([true, []]);
  }
});

test('where the shared memory is full, the whole chunks that it took are kept, the rest is counted, and why is said', () => {
  const dir = tempDir();
  const { kept, ...others } = withLargestFile(200_000, () =>
    keep(dir, 1e9, inPieces(pattern(400_000), 60_000), shared(310_000)),
  );
  const outputLost = expect.stringMatching(/^EFBIG.*; and the memory for outputs that the disk does not take is full$/);
  expect(others).toEqual({ kind: 'bytes', droppedBytes: 100_000, outputLost });
  expect([kept.equals(pattern(300_000)), readdirSync(dir)]).toEqual([true, []]);
});

test('where the shared memory has no room for what is in the file, the file stays, with the chunks that went in whole', () => {
  const { kept, ...others } = withLargestFile(200_000, () =>
    keep(tempDir(), 1e9, inPieces(pattern(300_000), 60_000), shared(170_000)),
  );
  expect(others).toEqual({ kind: 'file', droppedBytes: 120_000, outputLost: expect.stringContaining('EFBIG') });
  expect(kept.equals(pattern(180_000))).toBe(true);
});

test('runs that are under way share the memory, and one that has ended leaves its part to the others', () => {
  const memory = shared(300_000);
  const dir = join(tempDir(), 'outputs');
  const files = openOutputFiles(dir, 'life');
  rmSync(dir, { recursive: true });
  const [first, second] = [keepStdout(1e9, { files, memory }), keepStdout(1e9, { files, memory })];
  first.onChunk(pattern(300_000));
  second.onChunk(pattern(inMemoryBytes)); // its own
  second.onChunk(pattern(1));
  expect([first.end(), second.end()]).toMatchObject([
    { droppedBytes: 0, outputLost: null },
    { droppedBytes: 1, outputLost: expect.stringContaining('ENOENT') },
  ]);
  const third = keepStdout(1e9, { files, memory });
  third.onChunk(pattern(300_000));
  expect(third.end()).toMatchObject({ droppedBytes: 0, outputLost: null });
});

test('an output that was begun on a disk is read back though its folder is gone', () => {
  const dir = join(tempDir(), 'outputs');
  const files = openOutputFiles(dir, 'life');
  const keeper = keepStdout(1e9, { files, memory: new OutputMemory() });
  for (const chunk of inPieces(pattern(180_000), 60_000)) keeper.onChunk(chunk);
  rmSync(dir, { recursive: true });
  withLargestFile(190_000, () => keeper.onChunk(pattern(60_000)));
  const { stdout, droppedBytes } = keeper.end();
  const whole = Buffer.concat([pattern(180_000), pattern(60_000)]);
  expect([stdout.kind === 'bytes' && Buffer.from(stdout.bytes).equals(whole), droppedBytes]).toEqual([true, 0]);
});
