import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutStderr, stderrLimits } from '../../src/runner/stderr.ts';

/**
 * Hands over each chunk in one and the same buffer, as the pipes do, and gives what was reported.
 */
function tell(chunks: readonly Uint8Array[]): string[] {
  const told: string[] = [];
  const teller = cutStderr((line) => told.push(line));
  const scratch = Buffer.alloc(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    scratch.set(chunk);
    teller.onChunk(scratch.subarray(0, chunk.length));
    scratch.fill(0x2e);
  }
  teller.end();
  return told;
}

const tellText = (text: string) => tell([Buffer.from(text)]);

test('each line is told without its end, be it \\n or \\r\\n, and so is a last line that lacks it', () => {
  expect(tellText('one\ntwo\r\nthree')).toEqual(['one', 'two', 'three']);
});

test('blank lines are not told', () => {
  expect(tellText('\n  \none\n\t\n')).toEqual(['one']);
});

test('nothing written is nothing told', () => {
  expect(tell([])).toEqual([]);
});

test('a line that is not ended yet is told when it ends', () => {
  const told: string[] = [];
  const teller = cutStderr((line) => told.push(line));
  teller.onChunk(Buffer.from('half '));
  expect(told).toEqual([]);
  teller.onChunk(Buffer.from('whole\nnext'));
  expect(told).toEqual(['half whole']);
  teller.end();
  expect(told).toEqual(['half whole', 'next']);
});

test('of a line longer than 1 KiB the beginning is told, and how much more there was', () => {
  expect(tellText(`${'x'.repeat(1024)}\n`)).toEqual(['x'.repeat(1024)]);
  expect(tellText(`${'x'.repeat(5000)}\nnext\n`)).toEqual([`${'x'.repeat(1024)}… 3976 more bytes`, 'next']);
});

test('of more than 200 lines 200 are told, and then how many more there were', () => {
  const lines = Array.from({ length: 300 }, (_, index) => `line ${String(index).padStart(3, '0')}`);
  expect(tellText(lines.join('\n'))).toEqual([...lines.slice(0, 200), '… 100 more lines, 800 bytes']);
});

test('of more than 16 KiB so much is told, and then how many lines and bytes more there were', () => {
  const lines = Array.from({ length: 20 }, () => 'y'.repeat(1000));
  expect(tellText(lines.join('\n'))).toEqual([...lines.slice(0, 16), '… 4 more lines, 4000 bytes']);
});

test('bytes that are no UTF-8 are told with a sign for each', () => {
  expect(tell([Uint8Array.of(0x61, 0xff, 0x62, 0x0a)])).toEqual(['a\ufffdb']);
});

const line = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom('a', ' ', 'é', '\r', ':'), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 1100 }).map((length) => 'z'.repeat(length)) },
);
const text = fc
  .tuple(fc.array(line, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), fc.boolean())
  .map(([lines, times, isEnded]) => Buffer.from(Array(times).fill(lines).flat().join('\n') + (isEnded ? '\n' : '')));

test('what is told does not depend on how it comes', () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 50 }), (bytes, sizes) => {
      const chunks: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(tell(chunks)).toEqual(tell([bytes]));
    }),
  );
});

test('what is told is bounded, and every line and byte is told or counted', () => {
  fc.assert(
    fc.property(text, (bytes) => {
      const lines = bytes.toString().split('\n');
      if (lines.at(-1) === '') lines.pop();
      const told = tell([bytes]);
      const counted = /^… (\d+) more lines, (\d+) bytes$/.exec(told.at(-1) ?? '');
      const shown = counted ? told.slice(0, -1) : told;
      const [moreLines, moreBytes] = [Number(counted?.[1] ?? 0), Number(counted?.[2] ?? 0)];
      const size = (list: readonly string[]) => list.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
      const [told0, left] = [lines.slice(0, lines.length - moreLines), lines.slice(lines.length - moreLines)];

      expect(shown.length).toBeLessThanOrEqual(stderrLimits.lines);
      expect(size(told0.map((one) => one.slice(0, stderrLimits.lineBytes)))).toBeLessThanOrEqual(stderrLimits.bytes);
      expect(size(left)).toBe(moreBytes); // once the limits are reached, nothing behind is reported
      expect(shown.length).toBe(told0.filter((one) => one.trim() !== '').length);
    }),
  );
});
