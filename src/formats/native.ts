/**
 * The reader of plugin output in the agent's own format: lines NAME VALUE, or NAME VALUE
 * UNIX_TIME. `grammar.ts` says what a word may be, `bad-line.ts` explains a line that is not a
 * sample, and `annotate.ts` shows an output line by line to the plugin's author.
 */
import type { BadLine } from '../model/bad-line.ts';
import type { PluginName } from '../model/plugin.ts';
import type { OutputSummary } from '../model/run.ts';
import { metricName, type Sample, type SampleSource, unixSeconds } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import { explainBadLine } from './bad-line.ts';
import type { OutputContext } from './format.ts';
import { firstWords, isName, isNumber, isPlausibleTime, isTime, withoutReturns } from './grammar.ts';
import { latin1, lineEnd, piecesOf, shownText } from './lines.ts';

/** Returns `HOST.PLUGIN`, which stands before the names that a plugin prints. */
export function metricPrefix(hostname: string, plugin: PluginName): string {
  return `${hostname}.${plugin}`;
}

/** One line that is not blank. `line` counts from 1, blank lines included. */
export type OutputLine =
  | { readonly kind: 'sample'; readonly line: number; readonly sample: Sample }
  | { readonly kind: 'bad-line'; readonly badLine: BadLine };

type BadLineBytes = { readonly kind: 'bad'; readonly line: number; readonly bytes: Uint8Array };

export const describedBadLines = 5;

/** What only the formats of other systems have. */
const noneForeign = { notFinite: 0, message: null };

/** Far below the length (millions of characters) at which `goodLine` overflows V8's stack. */
const longestFastLine = 1000;

const namePattern = /[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*/.source;
const numberPattern = /[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/.source;
const timePattern = /[0-9]+(?:\.[0-9]+)?/.source;
const goodLine = new RegExp(
  `[ \\t]*(${namePattern})[ \\t]+(${numberPattern})(?:[ \\t]+(${timePattern}))?[ \\t]*\\r*(?:\\n|$)`,
  'y',
);
const blankLine = /[ \t]*\r*(?:\n|$)/y;

/**
 * Parses a run's stdout, given in chunks of any size. Yields every line that is not blank, in
 * order: a sample, or a bad line with its reason. Lazy: each line is read when the caller asks for
 * it, so the caller can pause between two lines of millions. If the output was cut, its last line
 * is left out unless it is whole. Throws only what the chunks throw, whatever the bytes.
 */
export function* parseOutput(
  stdout: Iterable<Uint8Array>,
  context: OutputContext,
): Generator<OutputLine, void, undefined> {
  for (const found of linesOf(stdout, context)) {
    if (found === null) continue;
    if (found.kind === 'sample') yield found;
    else yield { kind: 'bad-line', badLine: describe(found, context) };
  }
}

const linesAStep = 1000;

/**
 * Counts what `parseOutput` yields, and describes the first five bad lines. One pass; throws only
 * what the chunks throw.
 */
export function* summaryWalk(stdout: Iterable<Uint8Array>, context: OutputContext): Walk<OutputSummary> {
  const first: BadLine[] = [];
  let samples = 0;
  let count = 0;
  for (const found of linesOf(stdout, context)) {
    if (found === null || (samples + count) % linesAStep === 0) yield;
    if (found === null) continue;
    if (found.kind === 'sample') samples += 1;
    else if (++count <= describedBadLines) first.push(describe(found, context));
  }
  return {
    samples,
    badLines: { count, first },
    unendedBytes: unendedBytes(stdout, samples + count, context),
    ...noneForeign,
  };
}

/**
 * Returns what `summaryWalk` and `samplesOf` return, in one pass, for an output whose samples may
 * all be in memory. Never throws.
 */
export function readWhole(
  stdout: Uint8Array,
  context: OutputContext,
): { readonly summary: OutputSummary; readonly samples: readonly Sample[] } {
  const whole = context.truncated ? stdout.subarray(0, stdout.lastIndexOf(10) + 1) : stdout;
  const text = latin1(whole);
  const samples: Sample[] = [];
  const first: BadLine[] = [];
  let count = 0;
  for (let start = 0, line = 1; start < text.length; line += 1) {
    const end = lineEnd(text, start);
    const sample = sampleAt(text, start, end, context);
    if (sample) samples.push(sample);
    else if (!isBlank(text, start) && ++count <= describedBadLines)
      first.push(describe(badLineAt(text, whole, line, start, end), context));
    start = end + 1;
  }
  const unended = unendedBytes([stdout], samples.length + count, context);
  return {
    summary: { samples: samples.length, badLines: { count, first }, unendedBytes: unended, ...noneForeign },
    samples,
  };
}

/** How many bytes follow the last line end of an output that was cut and has no line; else 0. */
export function unendedBytes(stdout: Iterable<Uint8Array>, lines: number, { truncated }: OutputContext): number {
  if (!truncated || lines > 0) return 0;
  let count = 0;
  for (const chunk of stdout) {
    const end = chunk.lastIndexOf(10) + 1;
    count = end > 0 ? chunk.length - end : count + chunk.length;
  }
  return count;
}

/**
 * Returns the samples of a run's stdout, in order. They can be iterated over more than once, each
 * time from the start. Never throws.
 */
export function samplesOf(stdout: Iterable<Uint8Array>, context: OutputContext): SampleSource {
  return {
    *[Symbol.iterator]() {
      for (const found of linesOf(stdout, context)) {
        if (found === null) yield null;
        else if (found.kind === 'sample') yield found.sample;
      }
    },
  };
}

const longPieceBytes = 4096;

/** Null: here is a place to pause, after many lines without a sample. */
function* linesOf(
  stdout: Iterable<Uint8Array>,
  context: OutputContext,
): Generator<Extract<OutputLine, { kind: 'sample' }> | BadLineBytes | null, void, undefined> {
  let line = 0;
  for (const piece of piecesOf(stdout, context.truncated)) {
    const text = latin1(piece);
    let hasSample = text.length < longPieceBytes;
    for (let start = 0; start < text.length; ) {
      const end = lineEnd(text, start);
      line += 1;
      const sample = sampleAt(text, start, end, context);
      if (sample) {
        hasSample = true;
        yield { kind: 'sample', line, sample };
      } else if (!isBlank(text, start)) yield badLineAt(text, piece, line, start, end);
      start = end + 1;
    }
    if (!hasSample) yield null;
  }
}

function sampleAt(text: string, start: number, end: number, context: OutputContext): Sample | null {
  return end - start > longestFastLine
    ? longSample(text.slice(start, end), context)
    : shortSample(text, start, context);
}

function badLineAt(text: string, bytes: Uint8Array, line: number, start: number, end: number): BadLineBytes {
  let wordsEnd = end;
  while (wordsEnd > start && text[wordsEnd - 1] === '\r') wordsEnd -= 1;
  return { kind: 'bad', line, bytes: bytes.subarray(start, wordsEnd) };
}

function shortSample(text: string, start: number, context: OutputContext): Sample | null {
  goodLine.lastIndex = start;
  const [, name, value, time] = goodLine.exec(text) ?? [];
  return name === undefined || value === undefined ? null : toSample(name, value, time, context);
}

/** Parses as `goodLine` does, for lines that are too long for it. */
function longSample(line: string, context: OutputContext): Sample | null {
  const [name = '', value = '', time, ...more] = firstWords(line.slice(0, withoutReturns(line, 0, line.length)), 4);
  if (more.length > 0 || !isName(name) || !isNumber(value) || (time !== undefined && !isTime(time))) return null;
  return toSample(name, value, time, context);
}

function toSample(
  name: string,
  valueWord: string,
  timeWord: string | undefined,
  context: OutputContext,
): Sample | null {
  const value = Number(valueWord) + 0; // + 0 turns -0 into 0
  if (!Number.isFinite(value)) return null;
  const metric = metricName(`${context.prefix}.${name}`);
  if (timeWord === undefined) return { metric, value, atS: context.endedAtS };
  const atS = unixSeconds(Number(timeWord));
  return isPlausibleTime(atS, context.endedAtS) ? { metric, value, atS } : null;
}

function isBlank(text: string, start: number): boolean {
  blankLine.lastIndex = start;
  return blankLine.test(text);
}

function describe({ line, bytes }: BadLineBytes, context: OutputContext): BadLine {
  return { line, text: shownText(bytes), ...explainBadLine(latin1(bytes), context.endedAtS) };
}
