import { join, resolve } from 'node:path';
import type { ConfigFiles, ReadFile, ReadTrouble } from '../io/disk/config-files.ts';
import { atOnce } from '../io/walk.ts';
import type { Walk } from '../model/walk.ts';
import { quoted } from '../words/shell-words.ts';
import { type IniText, iniWalk } from './ini.ts';
import { parseKeyFile } from './key-file.ts';
import type { Problem } from './problem.ts';

/** One file that was read: its absolute path, its lines, and facts such as its mode. */
type ParsedFile = Pick<IniText, 'entries' | 'sections'> & Omit<ReadFile, 'text'> & { readonly file: string };

/** The contents of all configuration files, in the order in which later ones win. */
export type Source = {
  readonly files: readonly ParsedFile[];
  readonly problems: readonly Problem[];
  /** Set if the file that `-f` names is missing. The agent runs without it; a check fails. */
  readonly missing: Problem | null;
};

/** The paths that configuration is read from, as absolute paths. */
export type ConfigPaths = {
  readonly main: string;
  /** The file that is read if `main` is missing; null: none. */
  readonly standIn: string | null;
  /** The folder whose files are read after the main one; null: none. */
  readonly folder: string | null;
};

/** The file that is read without `-f`. */
export const defaultFile = '/etc/instrument_server.ini';

const rubyFile = '/etc/instrumental.yml';

/** The paths to read where `-f` names `configFile`, relative to `cwd`; null: there is no `-f`. */
export function configPathsOf(configFile: string | null, cwd: string): ConfigPaths {
  const main = resolve(cwd, configFile ?? defaultFile);
  return {
    main,
    standIn: configFile === null ? rubyFile : null,
    folder: main.endsWith('.ini') ? main.replace(/\.ini$/, '.d') : null,
  };
}

/** The names in the folder whose files are read, in the order of reading. */
export function dropInsAmong(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^[^.].*\.ini$/s.test(name)).sort();
}

/** Does all of `sourceWalk` at once. */
export function readSource(files: ConfigFiles, configFile: string | null, cwd: string): Source {
  return atOnce(sourceWalk(files, configFile, cwd));
}

/**
 * Reads the file that `-f` names: `configFile`, relative to `cwd`. Without `-f` (null) it reads
 * `defaultFile`, or the Ruby agent's file if only that exists. After a file `NAME.ini` it reads
 * every `*.ini` in the folder `NAME.d` beside it, in name order, except names that begin with a
 * dot. A `.yml` or `.yaml` file has the form of the Ruby agent's. A file that can't be read is a
 * problem, and so is one of more than 1 MiB. Never throws.
 */
export function* sourceWalk(files: ConfigFiles, configFile: string | null, cwd: string): Walk<Source> {
  const parsed: ParsedFile[] = [];
  const problems: Problem[] = [];
  const { main, standIn, folder } = configPathsOf(configFile, cwd);

  /** False: the file is missing, and may be. */
  function* read(file: string, mayBeMissing: boolean): Walk<boolean> {
    const content = files.read(file);
    if (content.ok) {
      const { text, ...facts } = content.value;
      const {
        entries,
        sections,
        problems: found,
      } = /\.ya?ml$/.test(file) ? parseKeyFile(text, file) : yield* iniWalk(text, file);
      parsed.push({ file, ...facts, entries, sections });
      problems.push(...found);
      return true;
    }
    if (mayBeMissing && content.error.code === 'ENOENT') return false;
    problems.push(content.error.code === 'EFBIG' ? tooLarge(file) : unreadable(file, content.error, 'file'));
    return true;
  }

  const isThere = (yield* read(main, true)) || (standIn !== null && (yield* read(standIn, true)));
  if (folder !== null) {
    const names = files.list(folder);
    if (names.ok) for (const name of dropInsAmong(names.value)) yield* read(join(folder, name), false);
    else if (names.error.code !== 'ENOENT') problems.push(unreadable(folder, names.error, 'folder'));
  }
  return { files: parsed, problems, missing: isThere || configFile === null ? null : missing(main) };
}

function missing(file: string): Problem {
  return { where: '-f', key: null, wrong: `${file} does not exist`, expected: 'it is read as soon as it exists' };
}

function tooLarge(where: string): Problem {
  const expected = `expected at most 1 MiB; see whether it is a configuration at all: head -n 20 ${quoted(where)}`;
  return { where, key: null, wrong: 'is larger than 1 MiB', expected };
}

function unreadable(where: string, { detail, denied }: ReadTrouble, what: 'file' | 'folder'): Problem {
  const wrong = `can't be read: ${detail}`;
  if (denied === null) return { where, key: null, wrong, expected: `expected a ${what} that this user may read` };
  const { user, folder } = denied;
  const command =
    folder !== null
      ? `chmod a+x ${quoted(folder)}`
      : what === 'folder'
        ? `chmod a+rx ${quoted(where)}`
        : `${user === 'root' ? '' : 'sudo '}chown ${user} ${quoted(where)}`;
  return { where, key: null, wrong, expected: `expected a ${what} that the user ${user} may read: ${command}` };
}
