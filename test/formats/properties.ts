import fc from 'fast-check';
import { expect } from 'vitest';
import type { ForeignFinding } from '../../src/formats/foreign.ts';
import type { Format } from '../../src/formats/format.ts';
import { foundIn } from './cases.ts';

/** The line that a finding is about; null: the format does not say. */
function lineOf(found: ForeignFinding): number | null {
  if (found.kind === 'sample') return found.line;
  return found.kind === 'bad-line' ? found.badLine.line : null;
}

/** Checks that a line is one sample, one bad line or nothing, and that all are in order. */
export function expectOneFindingALine(format: Format, stdout: Uint8Array): void {
  const found = foundIn(format, [stdout]);
  const lines = found.map(lineOf).filter((line) => line !== null);
  expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
  const count = Buffer.from(stdout).toString('latin1').split('\n').length;
  expect(found.length).toBeLessThanOrEqual(count);
  for (const one of found) {
    if (one.kind === 'sample') {
      expect(Number.isFinite(one.sample.value)).toBe(true);
      expect(one.sample.metric).toMatch(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/);
    } else if (one.kind === 'bad-line') expect(one.badLine.hint).toMatch(/^.{1,300}$/u);
  }
}

/** Checks that an output gives the same however it is cut into chunks. */
export function expectSameInChunks(format: Format, stdout: Uint8Array, cuts: readonly number[]): void {
  const ends = [...cuts.map((cut) => cut % (stdout.length + 1)), stdout.length].sort((a, b) => a - b);
  const chunks = ends.map((end, index) => stdout.subarray(ends[index - 1] ?? 0, end));
  expect(foundIn(format, chunks)).toEqual(foundIn(format, [stdout]));
}

/** Cuts for `expectSameInChunks`. */
export const anyCuts = fc.array(fc.nat(), { maxLength: 6 });
