import type { Files } from '../io/disk/files.ts';
import type { Advice } from '../model/advice.ts';
import { typeable } from '../words/shell-words.ts';
import { isIgnoredName } from './permissions.ts';

/**
 * Why an entry of the directory is not a plugin, and what to type; null: there is no such entry,
 * or it is a plugin. `statusCommand` shows the plugin of a file name. Only where `mayRename`, a
 * command renames the entry. Never throws.
 */
export function whyNoPlugin(
  files: Files,
  dir: string,
  entry: string,
  statusCommand: (file: string) => string,
  mayRename = true,
): Advice<'not-a-plugin'> | null {
  if (entry.includes('/')) return null;
  const path = `${dir}/${entry}`;
  const facts = files.facts(path);
  if (facts.kind === 'failed') return null;
  if (facts.kind === 'directory') return notAPlugin(`${entry} is a directory; scripts lie in ${typeable(dir)} itself`);
  if (facts.kind === 'other') return notAPlugin(`${entry} is not a regular file; put a script in its place`);
  if (!isIgnoredName(entry)) return null;
  const why = `the name ${entry} is one that is never run (hidden, or left behind by an editor or a package manager)`;
  const plain = plainName(entry);
  if (plain === null) return notAPlugin(`${why}; give it a plain name`);
  const taken = files.facts(`${dir}/${plain}`).kind;
  if (taken === 'file') return notAPlugin(`${why}; the script itself is ${plain}`, statusCommand(plain));
  // `mv` would move it into a directory
  if (taken !== 'failed' || !mayRename) return notAPlugin(`${why}; give it a plain name`);
  return notAPlugin(why, `mv -n ${typeable(path)} ${typeable(`${dir}/${plain}`)}`);
}

function notAPlugin(sentence: string, ...commands: readonly string[]): Advice<'not-a-plugin'> {
  return { kind: 'not-a-plugin', sentence, commands };
}

/** The name that a script with an ignored name was probably meant to have; null: it has none. */
function plainName(entry: string): string | null {
  const bare = entry.replace(/^[.#]+|[~#]+$|\.(sw[px]|tmp|bak|orig|rej|rpm\w+|(dpkg|ucf)-.*|ansible_tmp.*)$/g, '');
  return bare === '' || isIgnoredName(bare) ? null : bare;
}
