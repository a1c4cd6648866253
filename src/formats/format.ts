/**
 * What the readers of other systems' formats have in common. Each format is one generator, which
 * takes the lines of an output and yields what is in them, in order. `foreign.ts` feeds it, and
 * makes samples and bad lines of what it yields.
 */
import type { BadLineReason } from '../model/bad-line.ts';
import type { UnixSeconds } from '../model/sample.ts';
import type { Series } from '../model/series.ts';

/**
 * What a reader must know about the run. `prefix` is `HOST.PLUGIN`; empty: names are sent as they
 * are printed. `truncated`: the output was cut at `max_output`.
 */
export type OutputContext = {
  readonly prefix: string;
  readonly endedAtS: UnixSeconds;
  readonly truncated: boolean;
  /** The exit status, for formats in which it is a state; missing: 0. */
  readonly status?: number;
  /**
   * The plugin's name, which becomes a label of samples that have a family: two plugins may print
   * the same one. Missing: it does not.
   */
  readonly plugin?: string | undefined;
};

/**
 * One line without its end, as text. `line` counts from 1. It may be blank. The same text stands in
 * `piece` from `start` to `end`, among other lines. A format whose outputs have many lines reads
 * them there: a text that was cut out takes about twice the time, character by character.
 */
export type Line = {
  readonly line: number;
  readonly text: string;
  readonly piece: string;
  readonly start: number;
  readonly end: number;
};

/** What a format finds. It is about the line that was taken last, unless it says another. */
export type FormatFinding =
  /**
   * A value. `stem` and `name` together are what stands behind `HOST.PLUGIN.`, of the grammar of a
   * metric name; empty: nothing. `stem` is what many names in a row begin with, so that it is read
   * once for all; missing: nothing. `value` is finite. `atS` null: the end of the run.
   */
  | {
      readonly kind: 'sample';
      readonly stem?: string;
      readonly name: string;
      readonly value: number;
      readonly atS: number | null;
      readonly series: Series | null;
    }
  /** Something that can't be read, and what to write instead. */
  | { readonly kind: 'bad'; readonly reason: BadLineReason; readonly hint: string }
  /** A value that is not finite where the format allows that: no sample, and nothing bad. */
  | { readonly kind: 'not-finite' }
  /** What the plugin says of itself in words. The first one counts. */
  | { readonly kind: 'message'; readonly text: string };

/**
 * A format: takes lines one by one, and yields what is in them before it takes the next one. Null
 * stands for a line with nothing in it, or for as much work as a line takes, so that the caller
 * can pause. Never throws, whatever the lines; memory is bounded, however many they are.
 */
export type Format = (
  lines: Iterable<Line>,
  context: Pick<OutputContext, 'endedAtS' | 'status'>,
) => Generator<FormatFinding | null, void, undefined>;
