import type { Advice } from './advice.ts';
import type { BadLineReason, ForeignFormat } from './bad-line.ts';
import type { Series } from './series.ts';

/** A sample as it is shown. `series` is missing where its format says nothing beside the name. */
export type ShownSample = {
  readonly metric: string;
  readonly value: number;
  readonly atS: number;
  readonly series?: Series;
};

/** Why something is not a sample, and what to write instead. */
export type ShownBadLine = { readonly reason: BadLineReason; readonly hint: string };

/**
 * One line of an output with its verdict. `line` counts from 1; `text` is its beginning, as UTF-8
 * with U+FFFD for bytes that are not UTF-8.
 */
export type AnnotatedLine = {
  readonly line: number;
  readonly text: string;
  readonly verdict:
    | ({ readonly kind: 'sample' } & ShownSample)
    | ({ readonly kind: 'bad-line' } & ShownBadLine)
    | { readonly kind: 'blank' }
    /** The output was cut within this line. */
    | { readonly kind: 'cut' }
    /**
     * In formats of other systems: it holds more than one thing. These are the first 20 samples and
     * the first 20 of what can't be read, and how many more there are of each.
     */
    | {
        readonly kind: 'several';
        readonly samples: readonly ShownSample[];
        readonly badLines: readonly ShownBadLine[];
        readonly moreSamples: number;
        readonly moreBadLines: number;
      }
    /** In formats of other systems: it holds no sample and nothing bad, such as a comment. */
    | { readonly kind: 'nothing' };
};

/**
 * An output as its author sees it: the first lines with their verdicts, and the number of lines
 * after them.
 */
export type AnnotatedOutput = {
  readonly lines: readonly AnnotatedLine[];
  readonly moreLines: number;
  readonly samples: number;
  readonly badLines: number;
  /** In formats of other systems alone: how many values are not finite, which is allowed there. */
  readonly notFinite?: number;
  /** In formats of other systems alone: what the plugin says of itself in words; null: nothing. */
  readonly message?: string | null;
  /**
   * What the bad lines look like; shown once, in place of the hint behind each of them. Null: like
   * no other format that is known.
   */
  readonly looksLike: Advice<ForeignFormat> | null;
  /** Says that lines have the name and time of an earlier one; null: none has. */
  readonly duplicate: Advice<'duplicate'> | null;
};

/** How many bad lines are among the lines that are not shown. */
export function hiddenBadLines({ lines, badLines }: AnnotatedOutput): number {
  return lines.reduce((hidden, { verdict }) => hidden - badLinesOf(verdict), badLines);
}

function badLinesOf(verdict: AnnotatedLine['verdict']): number {
  if (verdict.kind === 'several') return verdict.badLines.length + verdict.moreBadLines;
  return verdict.kind === 'bad-line' ? 1 : 0;
}
