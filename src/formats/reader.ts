import type { OutputSummary, Stdout } from '../model/run.ts';
import type { SampleSource } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import { type OutputContext, readWhole, samplesOf, summaryWalk } from './native.ts';

/**
 * An output up to this size is parsed at once, and its samples wait in memory for their commit.
 */
const shortBytes = 256;

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
): OutputReader {
  if (stdout.kind === 'bytes' && stdout.bytes.length <= shortBytes) {
    const { summary, samples } = readWhole(stdout.bytes, context);
    return { summary: () => known(summary), all: samples };
  }
  const chunks = stdout.kind === 'file' ? chunksOf(stdout.name) : [stdout.bytes];
  return { summary: () => summaryWalk(chunks, context), all: samplesOf(chunks, context) };
}

// biome-ignore lint/correctness/useYield: it takes no time
function* known(summary: OutputSummary): Walk<OutputSummary> {
  return summary;
}
