import { expect } from 'vitest';
import type { OutputContext } from '../../src/formats/format.ts';
import type { FormatName } from '../../src/model/format.ts';
import { goldenContext, readAll } from './cases.ts';

/**
 * What a text holds: names without `web1.p.`, values, series and times, in order; and how many bad
 * lines, with reason and hint of the first five.
 */
export function readText(format: FormatName, text: string, context: OutputContext = goldenContext) {
  const { summary, samples } = readAll(format, [Buffer.from(text)], context);
  return {
    samples: samples.map(({ metric, value }): [string, number] => [metric.slice('web1.p.'.length), value]),
    series: samples.map(({ series }) => series),
    times: samples.map(({ atS }) => atS),
    bad: summary.badLines.count,
    reasons: summary.badLines.first.map(({ reason }) => reason),
    hints: summary.badLines.first.map(({ hint }) => hint),
  };
}

/** Expects the same from an output in pieces of a size as from all of it at once. */
export function expectSameInPieces(format: FormatName, stdout: Uint8Array, size: number): void {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stdout.length; at += size) pieces.push(stdout.subarray(at, at + size));
  expect(readAll(format, pieces)).toEqual(readAll(format, [stdout]));
}

const largeBytes = 1024 * 1024;
/** Four times as much takes 4 times as long where time is linear, and 16 times where it is not. */
const mostTimes = 10;

/**
 * Expects that an output of 1 MiB, a start and then one piece again and again, does not throw and
 * takes at most ten times as long as one of a quarter of it. A machine that is busy elsewhere gets
 * three more attempts.
 */
export function expectLinear(format: FormatName, start: string, piece: string): void {
  const [large, small] = [largeBytes, largeBytes / 4].map((size) =>
    Buffer.concat([Buffer.from(start), Buffer.alloc(size, piece)]),
  );
  const times = [0, 1, 2, 3].map(() => ({ small: 0, large: 0 }));
  const isFast = times.some((time) => {
    time.small = durationOf(() => readAll(format, [small ?? Buffer.alloc(0)]));
    time.large = durationOf(() => readAll(format, [large ?? Buffer.alloc(0)]));
    return time.large < time.small * mostTimes;
  });
  expect(isFast, JSON.stringify(times)).toBe(true);
}

/** In ms of processor time: a machine that is busy elsewhere does not change it. */
export function durationOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 + 1; // + 1 ms: what takes no time has no ratio
}
