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
