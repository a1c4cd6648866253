import { type AnnotatedOutput, hiddenBadLines, type ShownBadLine } from '../model/annotated.ts';
import type { PluginDetail, PluginState } from '../model/status.ts';
import { counted } from '../words/counted.ts';
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
export function badLineText({ reason, hint }: ShownBadLine, looksLike: AnnotatedOutput['looksLike']): string {
  return looksLike === null ? `${reason}: ${visible(hint)}` : reason;
}

/** Returns how many bad lines are among the lines that are not shown, in words; empty: none is. */
export function moreBadLines(output: AnnotatedOutput): string {
  const hidden = hiddenBadLines(output);
  return hidden === 0 ? '' : `, ${hidden} of them bad`;
}

/** Returns a row for each of the first bad lines of a plugin, and how many more there are. */
export function firstBadLineRows({ firstBadLines, looksLike, lastRun }: PluginDetail): readonly string[] {
  const more = (lastRun?.badLines ?? 0) - firstBadLines.length;
  const rows = firstBadLines.map((bad) => `${bad.line}: ${visible(bad.text)}  (${badLineText(bad, looksLike)})`);
  return firstBadLines.length > 0 && more > 0 ? [...rows, `… and ${counted(more, 'more bad line')}`] : rows;
}

/** Returns the notes on a plugin's last output that its reasons do not say already. */
export function notesBesideReasons({ output, looksLike }: PluginDetail): readonly string[] {
  if (output === null) return [];
  return outputNotes(looksLike === null ? output : { ...output, looksLike: null });
}

/** Returns what stands above the reasons of a plugin in this state. */
export function reasonsTitle(state: PluginState): string {
  if (state === 'slow') return 'what it does';
  return state === 'ok' ? 'what is wrong' : 'why it reports nothing';
}
