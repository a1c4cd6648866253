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

/**
 * Checks that four times as much of an input takes at most ten times as long: a time that grows
 * with the square would take 16 times as long. One of three rounds
 * must show it.
 */
export function expectLinear(format: Format, input: (bytes: number) => string): void {
  const [short, long] = [Buffer.from(input(256 * 1024)), Buffer.from(input(1024 * 1024))];
  let ratio = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && ratio >= 10; round += 1) ratio = cpuMsOf(format, long) / cpuMsOf(format, short);
  expect(ratio).toBeLessThan(10);
}

function cpuMsOf(format: Format, stdout: Uint8Array): number {
  const before = process.cpuUsage();
  foundIn(format, [stdout]);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 + 1; // + 1 ms: what takes no time has no ratio
}
