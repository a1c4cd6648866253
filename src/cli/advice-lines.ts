import type { Advice } from '../model/advice.ts';
import { visible } from '../words/visible.ts';

/**
 * Returns advice as lines of text: the sentence, then each command, two columns further in, so
 * that it can be copied as a whole line. Control characters are escaped.
 */
export function adviceLines({ sentence, commands }: Pick<Advice, 'sentence' | 'commands'>): readonly string[] {
  return [visible(sentence), ...commands.map((command) => `  ${visible(command)}`)];
}

/** Returns a note on a run that may have worked, as lines of text. */
export function noteLines(note: Pick<Advice, 'sentence' | 'commands'>): readonly string[] {
  const [sentence, ...commands] = adviceLines(note);
  return [`note: ${sentence}`, ...commands];
}
