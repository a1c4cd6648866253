import { isAbsolute, join } from 'node:path';
import type { ImportHost } from './imported.ts';
import { isIniValue } from './ini-output.ts';
import { joinWords } from './shell-line.ts';

/** A command as a value of the key `command`, and what is to be said of it. */
export type CommandEntry = {
  readonly value: string;
  readonly remarks: readonly string[];
  /** False: the agent can't run it as it is. */
  readonly isUsable: boolean;
};

/** Where services find programs that are not named by their full path. */
const searchedFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Makes a command of its words. A program that is not named by its full path is looked for where
 * services find programs. `line` is the text of these words where the agent splits it in the same
 * way.
 */
export function commandEntry(words: readonly string[], line: string | null, host: ImportHost): CommandEntry {
  const [program = '', ...args] = words;
  const found = isAbsolute(program) ? program : foundProgram(program, host);
  const value = found === program && line !== null ? line : joinWords([found ?? program, ...args]);
  if (!isIniValue(words.join(' ')))
    return {
      value,
      remarks: ['it holds a line break, or bytes that are not UTF-8, and can not be written into this file'],
      isUsable: false,
    };
  if (found === null)
    return {
      value,
      remarks: [`"${program}" is not a full path, and no program of this name was found`],
      isUsable: false,
    };
  const remarks = found === program ? [] : [`"${program}" is not a full path: it was found as ${found}`];
  const facts = host.files.facts(found);
  if (facts.kind === 'failed') return { value, remarks: [...remarks, `${found} is not on this host`], isUsable: true };
  if (facts.kind !== 'file' || (facts.mode & 0o111) === 0)
    return { value, remarks: [...remarks, `${found} is not executable`], isUsable: true };
  return { value, remarks, isUsable: true };
}

/** The path of a program in one of the searched folders; null: there is none. */
function foundProgram(name: string, { files }: ImportHost): string | null {
  if (name === '' || name.includes('/')) return null;
  const paths = searchedFolders.map((folder) => join(folder, name));
  return paths.find((path) => isRunnable(path, files)) ?? null;
}

function isRunnable(path: string, files: ImportHost['files']): boolean {
  const facts = files.facts(path);
  return facts.kind === 'file' && (facts.mode & 0o111) !== 0;
}
