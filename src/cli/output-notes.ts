import type { AnnotatedOutput } from '../model/annotated.ts';
import type { BadLineReason } from '../model/bad-line.ts';
import { visible } from '../words/visible.ts';
import { adviceLines } from './advice-lines.ts';

/** Returns what is said once of an output as a whole: what it looks like, and repeated names. */
export function outputNotes({ looksLike, duplicate }: AnnotatedOutput): readonly string[] {
  return [
    ...(looksLike === null ? [] : adviceLines(looksLike)),
    ...(duplicate === null ? [] : adviceLines({ ...duplicate, sentence: `duplicate: ${duplicate.sentence}` })),
  ];
}

/**
 * Returns why a line is bad, and the hint on it. If the whole output looks like another format,
 * that is said once instead of the hints.
 */
export function badLineText(
  { reason, hint }: { readonly reason: BadLineReason; readonly hint: string },
  looksLike: AnnotatedOutput['looksLike'],
): string {
  return looksLike === null ? `${reason}: ${visible(hint)}` : reason;
}

/** Returns how many bad lines are among the lines that are not shown, in words; empty: none is. */
export function moreBadLines({ lines, badLines }: AnnotatedOutput): string {
  const hidden = badLines - lines.filter(({ verdict }) => verdict.kind === 'bad-line').length;
  return hidden === 0 ? '' : `, ${hidden} of them bad`;
}
