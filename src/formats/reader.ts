import type { OutputSummary, Stdout } from '../model/run.ts';
import type { Sample, SampleSource } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import { type ForeignFinding, readForeign } from './foreign.ts';
import type { OutputContext } from './format.ts';
import { foreignReader, type OutputFormat } from './formats.ts';
import { describedBadLines, readWhole, samplesOf, summaryWalk, unendedBytes } from './native.ts';
import { SeenNames } from './seen-names.ts';

/**
 * An output up to this size is parsed at once, and its samples wait in memory for their commit.
 */
const shortBytes = 256;
/** The same for other systems' formats, in which a line costs more. */
const shortForeignBytes = 2048;

/**
 * One output, ready to be read. The walk throws the system's error if the output can't be read
 * now. `all` iterates over the samples.
 */
export type OutputReader = { summary(): Walk<OutputSummary>; readonly all: SampleSource };

/**
 * Returns a reader for one output. A short output is parsed at once; a longer one is parsed each
 * time that it is summarized or its samples are iterated over. `chunksOf` reads the file of that
 * name.
 */
export function readerOf(
  stdout: Stdout,
  chunksOf: (name: string) => Iterable<Uint8Array>,
  context: OutputContext,
  format: OutputFormat,
): OutputReader {
  const chunks = stdout.kind === 'file' ? chunksOf(stdout.name) : [stdout.bytes];
  const read = foreignReader(format);
  if (read === null) {
    if (stdout.kind === 'file' || stdout.bytes.length > shortBytes)
      return { summary: () => summaryWalk(chunks, context), all: samplesOf(chunks, context) };
    const { summary, samples } = readWhole(stdout.bytes, context);
    return { summary: () => known(summary), all: samples };
  }
  const isShort = stdout.kind === 'bytes' && stdout.bytes.length <= shortForeignBytes;
  let isWithoutRepeats = false;
  const found = isShort
    ? [...readForeign(read, chunks, context)]
    : { [Symbol.iterator]: () => readForeign(read, chunks, context, isWithoutRepeats ? null : new SeenNames()) };
  return {
    *summary() {
      const { summary, repeats } = yield* foreignSummary(found, chunks, context);
      isWithoutRepeats = repeats === 0; // so it need not be searched for them again
      return summary;
    },
    all: { [Symbol.iterator]: () => samplesIn(found) },
  };
}

// biome-ignore lint/correctness/useYield: it takes no time
function* known(summary: OutputSummary): Walk<OutputSummary> {
  return summary;
}

const findingsAStep = 1000;
const othersAPause = 100;

function* foreignSummary(
  all: Iterable<ForeignFinding | null>,
  chunks: Iterable<Uint8Array>,
  context: OutputContext,
): Walk<{ readonly summary: OutputSummary; readonly repeats: number }> {
  const first: OutputSummary['badLines']['first'][number][] = [];
  let [samples, bad, notFinite, repeats, count] = [0, 0, 0, 0, 0];
  let message: string | null = null;
  for (const found of all) {
    count += 1;
    if (found === null || count % findingsAStep === 0) yield;
    if (found?.kind === 'sample') samples += 1;
    else if (found?.kind === 'not-finite') notFinite += 1;
    else if (found?.kind === 'message') message ??= found.text;
    else if (found?.kind === 'bad-line') {
      bad += 1;
      if (found.badLine.reason === 'duplicate') repeats += 1;
      if (bad <= describedBadLines) first.push(found.badLine);
    }
  }
  const unended = unendedBytes(chunks, samples + bad, context);
  const badLines = { count: bad, first };
  return { summary: { samples, badLines, unendedBytes: unended, notFinite, message }, repeats };
}

/** Null: here is a place to pause, after many findings that are not samples. */
function* samplesIn(all: Iterable<ForeignFinding | null>): Generator<Sample | null, void, undefined> {
  let others = 0;
  for (const found of all) {
    if (found?.kind === 'sample') yield found.sample;
    else if (found === null || ++others % othersAPause === 0) yield null;
  }
}
