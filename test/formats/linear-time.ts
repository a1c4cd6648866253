import { expect } from 'vitest';
import type { FormatName } from '../../src/model/format.ts';
import { readAll } from './cases.ts';

const largeBytes = 1024 * 1024;
const parts = 8;
const mostTimes = 24;

/**
 * Expects that 1 MiB of an input takes at most 24 times as long to read as an eighth of it: a time
 * that grows with the square would take 64 times as long. What a linear one takes, 8 times, may be
 * twice that where other work empties the processor's caches. One of four rounds must show it.
 */
export function expectLinear(read: (stdout: Buffer) => void, input: (bytes: number) => string | Buffer): void {
  const [large, small] = [Buffer.from(input(largeBytes)), Buffer.from(input(largeBytes / parts))];
  const times = [0, 1, 2, 3].map(() => ({ small: 0, large: 0 }));
  const isFast = times.some((time) => {
    time.small = durationOf(() => read(small));
    time.large = durationOf(() => read(large));
    return time.large < time.small * mostTimes;
  });
  expect(isFast, JSON.stringify(times)).toBe(true);
}

/** Does so with the reader of a format, for a start and then one piece again and again. */
export function expectLinearText(format: FormatName, start: string, piece: string): void {
  const input = (bytes: number) => Buffer.concat([Buffer.from(start), Buffer.alloc(bytes, piece)]);
  expectLinear((stdout) => void readAll(format, [stdout]), input);
}

/** In ms of processor time: a machine that is busy elsewhere does not change it. */
export function durationOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 + 1; // + 1 ms: what takes no time has no ratio
}
