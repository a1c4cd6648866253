import { join, resolve } from 'node:path';
import type { ConfigFiles, ReadFile, ReadTrouble } from '../io/disk/config-files.ts';
import { quoted } from '../words/shell-words.ts';
import { type IniText, parseIni } from './ini.ts';
import { parseKeyFile } from './key-file.ts';
import type { Problem } from './problem.ts';

/** One file that was read. `file` is absolute; the rest is the file's as it was read. */
type ParsedFile = Pick<IniText, 'entries' | 'sections'> & Omit<ReadFile, 'text'> & { readonly file: string };

/** All configuration files, in the order in which later ones win. */
export type Source = {
  readonly files: readonly ParsedFile[];
  readonly problems: readonly Problem[];
  /** Told where a file that was asked for is not there: the agent runs without it, a check fails. */
  readonly missing: Problem | null;
};

/** Where configuration is looked for, as absolute paths. */
export type ConfigPaths = {
  readonly main: string;
  /** Read in place of `main` where that is missing; null: nothing is. */
  readonly standIn: string | null;
  /** The folder of files that are read after it; null: there is none. */
  readonly folder: string | null;
};

/** The file that is read when none is asked for. */
export const defaultFile = '/etc/instrument_server.ini';

const rubyFile = '/etc/instrumental.yml';

/** Where the configuration is looked for when `asked` (relative to `cwd`; null: nothing) was asked for. */
export function configPathsOf(asked: string | null, cwd: string): ConfigPaths {
  const main = resolve(cwd, asked ?? defaultFile);
  return {
    main,
    standIn: asked === null ? rubyFile : null,
    folder: main.endsWith('.ini') ? main.replace(/\.ini$/, '.d') : null,
  };
}

/** The names, of all in the folder, whose files are read, in their order. */
export function dropInsAmong(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^[^.].*\.ini$/s.test(name)).sort();
}

/**
 * Reads `asked` (relative to `cwd`; null: `defaultFile`, or the Ruby agent's file where only that exists) and then, for a name that ends
 * in `.ini`, every `*.ini` in the folder beside it whose name ends in `.d` instead, in name order; names that begin with a dot are
 * left out. A name that ends in `.yml` or `.yaml` is a file as the Ruby agent had it. One that can't be read is a problem. Never throws.
 */
export function readSource(files: ConfigFiles, asked: string | null, cwd: string): Source {
  const parsed: ParsedFile[] = [];
  const problems: Problem[] = [];
  const { main, standIn, folder } = configPathsOf(asked, cwd);

  /** False: it is not there, and may be missing. */
  function read(file: string, mayBeMissing: boolean): boolean {
    const content = files.read(file);
    if (content.ok) {
      const { text, ...facts } = content.value;
      const {
        entries,
        sections,
        problems: found,
      } = /\.ya?ml$/.test(file) ? parseKeyFile(text, file) : parseIni(text, file);
      parsed.push({ file, ...facts, entries, sections });
      problems.push(...found);
      return true;
    }
    if (mayBeMissing && content.error.code === 'ENOENT') return false;
    problems.push(unreadable(file, content.error, 'file'));
    return true;
  }

  const isThere = read(main, true) || (standIn !== null && read(standIn, true));
  if (folder !== null) {
    const names = files.list(folder);
    if (names.ok) for (const name of dropInsAmong(names.value)) read(join(folder, name), false);
    else if (names.error.code !== 'ENOENT') problems.push(unreadable(folder, names.error, 'folder'));
  }
  return { files: parsed, problems, missing: isThere || asked === null ? null : missing(main) };
}

function missing(file: string): Problem {
  return { where: '-f', key: null, wrong: `${file} does not exist`, expected: 'it is read as soon as it is there' };
}

function unreadable(where: string, { detail, denied }: ReadTrouble, what: 'file' | 'folder'): Problem {
  const wrong = `can't be read: ${detail}`;
  if (denied === null) return { where, key: null, wrong, expected: `expected a ${what} that this user may read` };
  const { user, folder } = denied;
  const cure =
    folder !== null
      ? `chmod a+x ${quoted(folder)}`
      : what === 'folder'
        ? `chmod a+rx ${quoted(where)}`
        : `chown ${user} ${quoted(where)}`;
  return { where, key: null, wrong, expected: `expected a ${what} that the user ${user} may read: ${cure}` };
}
