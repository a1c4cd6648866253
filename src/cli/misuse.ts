import { closest } from '../words/closest.ts';
import { shellLine } from '../words/own-command.ts';
import { visible } from '../words/visible.ts';
import { allFlags, type CommandLine } from './flags.ts';
import { commands } from './help.ts';

/** The commands that take the name of a script. */
export const scriptCommands: readonly string[] = ['status', 'run', 'dev'];

/** What is wrong with a command line, and what to do; null: read the help. */
export type Misuse = { readonly kind: 'misuse'; readonly what: string; readonly instead: string | null };

/** The command that prints the help. */
export function helpCommand(program: readonly string[]): string {
  return shellLine([...program, '--help'], []);
}

/**
 * The misuse of a flag that does not exist and that was probably meant as the name of a script;
 * null: it was not, or it may hold a key.
 */
export function unknownScript(
  { words: [word = '', ...operands], unknown, unknownWord }: CommandLine,
  start: readonly string[],
): Misuse | null {
  if (unknown === null || unknownWord === null || !scriptCommands.includes(word) || operands.length > 0) return null;
  const isMeant = looksLikeScript(unknownWord) || (unknownWord === unknown && meantFlag(unknown) === null);
  const instead = `If it is a script, type: ${shellLine([...start, word], [unknownWord])}`;
  return isMeant ? misuse(`There is no flag \`${shownWord(unknown)}\`.`, instead) : null;
}

/** What to type if a script's name was taken for a flag and its value; null: none was. */
export function eatenScript(
  argv: readonly string[],
  { values, words }: CommandLine,
  start: readonly string[],
): string | null {
  const eaten = values.has('--api_key') ? undefined : argv.find(looksLikeScript);
  return eaten === undefined ? null : `Type: ${shellLine([...start, ...words], [eaten])}`;
}

/** Whether a word that begins with `-` ends like the name of a script. No key does. */
function looksLikeScript(word: string): boolean {
  return /^-[^=/]*\.[a-z]{1,4}\d?$/.test(word);
}

/** The flag that was probably meant; null: none is near. */
function meantFlag(flag: string): string | null {
  const all = allFlags.map(({ long }) => long);
  return flag.startsWith('--') ? closest(flag, all) : null;
}

/** The misuse of a flag that does not exist, or that takes no value. */
export function unknownFlag(flag: string, program: readonly string[]): Misuse {
  const all = allFlags.map(({ long }) => long);
  if (all.includes(flag)) return misuse(`\`${flag}\` takes no value.`, `Type: ${flag}`);
  return misuse(`There is no flag \`${shownWord(flag)}\`.`, insteadOfUnknown(meantFlag(flag), program));
}

/** The misuse of a command that does not exist. */
export function unknownCommand(word: string, program: readonly string[]): Misuse {
  const meant = closest(word, Object.keys(commands));
  return misuse(`There is no command \`${shownWord(word)}\`.`, insteadOfUnknown(meant, program));
}

function insteadOfUnknown(meant: string | null, program: readonly string[]): string | null {
  return meant === null ? null : `Did you mean \`${meant}\`? If not: ${helpCommand(program)}`;
}

/** A typed word, made safe to show on one line of a terminal. */
export function shownWord(word: string): string {
  return visible(word).slice(0, 60);
}

/** Makes a misuse. `instead` is what to type; null: read the help. */
export function misuse(what: string, instead: string | null = null): Misuse {
  return { kind: 'misuse', what, instead };
}
