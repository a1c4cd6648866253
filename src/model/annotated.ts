import type { Advice } from './advice.ts';
import type { BadLineReason, ForeignFormat } from './bad-line.ts';

/**
 * One line of an output with its verdict. `line` counts from 1; `text` is its beginning, as UTF-8
 * with U+FFFD for bytes that are not UTF-8.
 */
export type AnnotatedLine = {
  readonly line: number;
  readonly text: string;
  readonly verdict:
    | { readonly kind: 'sample'; readonly metric: string; readonly value: number; readonly atS: number }
    | { readonly kind: 'bad-line'; readonly reason: BadLineReason; readonly hint: string }
    | { readonly kind: 'blank' }
    /** The output was cut within this line. */
    | { readonly kind: 'cut' };
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
  /**
   * What the bad lines look like; shown once, in place of the hint behind each of them. Null: like
   * no other format that is known.
   */
  readonly looksLike: Advice<ForeignFormat> | null;
  /** Says that lines have the name and time of an earlier one; null: none has. */
  readonly duplicate: Advice<'duplicate'> | null;
};
