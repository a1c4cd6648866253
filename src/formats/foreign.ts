/** Reads outputs in the formats of other systems: from bytes to samples and bad lines. */
import { isAscii } from 'node:buffer';
import type { BadLine } from '../model/bad-line.ts';
import { type MetricName, metricName, type Sample, unixSeconds } from '../model/sample.ts';
import type { Label, Series } from '../model/series.ts';
import { withPluginLabel } from './dotted.ts';
import type { Format, FormatFinding, Line, OutputContext } from './format.ts';
import { furthestAheadS, isPlausibleTime, withoutReturns } from './grammar.ts';
import { asUtf8, latin1, lineEnd, piecesOf, shownText } from './lines.ts';
import { SeenNames } from './seen-names.ts';

/** What is in an output, in order. `line` counts from 1. */
export type ForeignFinding =
  | { readonly kind: 'sample'; readonly line: number; readonly sample: Sample }
  | { readonly kind: 'bad-line'; readonly badLine: BadLine }
  | { readonly kind: 'not-finite' }
  | { readonly kind: 'message'; readonly text: string };

const notUtf8 = 'it is not UTF-8; print UTF-8 or plain ASCII';
/**
 * Many names of an output can begin with one long text that is there once. So the time to read
 * them would grow with the square of its size if the length of a name had no bound.
 */
const longestName = 2048;
const linesAPause = 1000;
/** How many labels of samples are remembered, so that memory is bounded. */
const mostRemembered = 1000;

/**
 * Reads a run's stdout, given in chunks of any size. Lazy, as the native reader is: null is a place
 * to pause. Throws only what the chunks throw, whatever the bytes. `seen` null: it is known that no
 * name repeats.
 */
export function* readForeign(
  format: Format,
  stdout: Iterable<Uint8Array>,
  context: OutputContext,
  seen: SeenNames | null = new SeenNames(),
): Generator<ForeignFinding | null, void, undefined> {
  const lines = new Lines(stdout, context.truncated);
  const findings = new Findings(lines, context, seen);
  let nothing = 0;
  for (const finding of format(lines, context)) {
    if (lines.notText.length > 0) yield* lines.notText.splice(0);
    if (finding !== null) yield findings.of(finding);
    else if (++nothing % linesAPause === 0) yield null;
  }
  yield* lines.notText.splice(0);
}

/** Returns the lines of an output. In the place of a line that is not UTF-8 is a blank one. */
export function* textLines(stdout: Iterable<Uint8Array>, truncated: boolean): Generator<Line, void, undefined> {
  const lines = new Lines(stdout, truncated);
  for (const line of lines) {
    lines.notText.length = 0;
    yield line;
  }
}

/**
 * The lines of an output as a format takes them. In the place of a line that is not UTF-8 is a
 * blank one.
 */
class Lines implements IterableIterator<Line> {
  /** The lines that are not UTF-8, and were not reported yet. */
  readonly notText: ForeignFinding[] = [];
  readonly #pieces: Iterator<Uint8Array>;
  /** The line that was taken last. */
  line = 0;
  #piece: Uint8Array = new Uint8Array();
  #text = '';
  #isPlain = true;
  /** Where the next line begins in the piece. */
  #next = 0;
  /** Where the line stands in the piece, without carriage returns at its end. */
  #start = 0;
  #end = 0;
  /** The line as a bad one shows it; null: nothing has been bad in it yet. */
  #shown: string | null = null;

  constructor(stdout: Iterable<Uint8Array>, truncated: boolean) {
    this.#pieces = piecesOf(stdout, truncated);
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Written out, because a generator would take a third of the time of a short line. */
  next(): IteratorResult<Line, undefined> {
    while (this.#next >= this.#text.length) {
      const { done, value } = this.#pieces.next();
      if (done === true) return { done: true, value: undefined };
      this.#piece = value;
      this.#text = latin1(value);
      this.#isPlain = isAscii(value);
      this.#next = 0;
    }
    const lineFeed = lineEnd(this.#text, this.#next);
    this.#start = this.#next;
    this.#end = withoutReturns(this.#text, this.#start, lineFeed);
    this.#next = lineFeed + 1;
    this.#shown = null;
    this.line += 1;
    if (this.#isPlain) return { done: false, value: new LineOf(this.line, this.#text, this.#start, this.#end) };
    const text = asUtf8(this.#text.slice(this.#start, this.#end));
    if (text === null) this.notText.push(this.bad('bad-syntax', notUtf8));
    return { done: false, value: new LineOf(this.line, text ?? '', 0, text?.length ?? 0) };
  }

  /** Describes the line that was taken last. */
  bad(reason: BadLine['reason'], hint: string): ForeignFinding {
    this.#shown ??= shownText(this.#piece.subarray(this.#start, this.#end));
    return { kind: 'bad-line', badLine: { line: this.line, text: this.#shown, reason, hint } };
  }
}

/** A line whose text is cut out only if it is asked for. */
class LineOf implements Line {
  readonly line: number;
  readonly piece: string;
  readonly start: number;
  readonly end: number;

  constructor(line: number, piece: string, start: number, end: number) {
    this.line = line;
    this.piece = piece;
    this.start = start;
    this.end = end;
  }

  get text(): string {
    return this.piece.slice(this.start, this.end);
  }
}

/** Makes samples and bad lines of what a format finds. */
class Findings {
  readonly #lines: Lines;
  readonly #context: OutputContext;
  readonly #seen: SeenNames | null;
  /** The last stem, and the metric's name up to its end. */
  #stem = '';
  #metricStem: string;
  /** Labels that many samples share, with the plugin among them. */
  readonly #labelsOfPlugin = new Map<readonly Label[], readonly Label[]>();

  constructor(lines: Lines, context: OutputContext, seen: SeenNames | null) {
    this.#lines = lines;
    this.#context = context;
    this.#seen = seen;
    this.#metricStem = metricStem(context.prefix, '');
  }

  of(finding: FormatFinding): ForeignFinding {
    if (finding.kind === 'bad') return this.#lines.bad(finding.reason, finding.hint);
    if (finding.kind !== 'sample') return finding;
    const { stem = '', name, value, atS, series } = finding;
    const { endedAtS } = this.#context;
    if (stem.length + name.length > longestName)
      return this.#lines.bad('bad-name', `its name has more than ${longestName} characters`);
    const sampleAtS = atS === null ? endedAtS : unixSeconds(atS);
    if (atS !== null && !isPlausibleTime(sampleAtS, endedAtS))
      return this.#lines.bad('bad-time', `${timeHint(atS, endedAtS)} (at ${stem + name || 'the value'})`);
    if (this.#seen?.add(name, sampleAtS, stem))
      return this.#lines.bad('duplicate', `${stem + name || 'its value'} came before in the same output`);
    const metric = this.#metric(stem, name);
    const finite = value + 0; // + 0 turns -0 into 0
    const sample: Sample =
      series === null
        ? { metric, value: finite, atS: sampleAtS }
        : { metric, value: finite, atS: sampleAtS, series: this.#ofPlugin(series) };
    return { kind: 'sample', line: this.#lines.line, sample };
  }

  #metric(stem: string, name: string): MetricName {
    const { prefix } = this.#context;
    if (stem === '' && name === '') return metricName(prefix);
    if (stem !== this.#stem) {
      this.#stem = stem;
      this.#metricStem = metricStem(prefix, stem);
    }
    return metricName(this.#metricStem + name);
  }

  /** Tells the samples of a family apart by the plugin that they are from. */
  #ofPlugin(series: Series): Series {
    const { family, labels, kind, unit } = series;
    const { plugin } = this.#context;
    if (family === null || plugin === undefined) return series;
    const known = this.#labelsOfPlugin.get(labels);
    const all = known ?? withPluginLabel(labels, plugin);
    if (known === undefined && this.#labelsOfPlugin.size < mostRemembered) this.#labelsOfPlugin.set(labels, all);
    return { family, labels: all, kind, unit };
  }
}

function metricStem(prefix: string, stem: string): string {
  return prefix === '' ? stem : `${prefix}.${stem}`;
}

function timeHint(atS: number, endedAtS: number): string {
  return atS > endedAtS
    ? `its time is more than a day ahead: the run ended at ${endedAtS}, and ${furthestAheadS} s later is the latest`
    : 'its time is before 2001-09-09';
}
