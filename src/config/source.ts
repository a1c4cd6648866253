import { join, resolve } from 'node:path';
import type { ConfigFiles } from '../io/config-files.ts';
import { type IniText, parseIni } from './ini.ts';
import type { Problem } from './problem.ts';

/** One file that was read. `file` is absolute; `mode` holds the twelve permission bits, null where the system has none. */
type ParsedFile = Pick<IniText, 'entries' | 'sections'> & { readonly file: string; readonly mode: number | null };

/** All configuration files, in the order in which later ones win. */
export type Source = { readonly files: readonly ParsedFile[]; readonly problems: readonly Problem[]; readonly warnings: readonly string[] };

/** The file that is read when none is asked for. */
export const defaultFile = '/etc/instrument_server.ini';

const rubyFile = '/etc/instrumental.yml';
const inIni = `write its key into ${defaultFile}, as "api_key = KEY" below a line "[collector]"`;

/**
 * Reads `asked` (relative to `cwd`; null: `defaultFile`) and then, for a name that ends in `.ini`, every `*.ini` in the folder
 * beside it whose name ends in `.d` instead, in name order; names that begin with a dot are left out. A missing file is
 * nothing, or a warning if it was asked for; one that can't be read is a problem. Never throws.
 */
export function readSource(files: ConfigFiles, asked: string | null, cwd: string): Source {
  const parsed: ParsedFile[] = [];
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const main = resolve(cwd, asked ?? defaultFile);

  function read(file: string, mayBeMissing: boolean): void {
    const content = files.read(file);
    if (content.ok) {
      const { entries, sections, problems: found } = parseIni(content.value.text, file);
      parsed.push({ file, mode: content.value.mode, entries, sections });
      problems.push(...found);
    } else if (mayBeMissing && content.error.code === 'ENOENT') {
      if (asked !== null) warnings.push(`-f: ${file} does not exist; going on without it`);
    } else {
      problems.push(unreadable(file, content.error.detail, 'expected a file that this user may read'));
    }
  }

  if (/\.ya?ml$/.test(main)) problems.push({ where: main, key: null, wrong: 'a YAML file is not understood', expected: inIni });
  else read(main, true);
  if (asked === null && parsed.length === 0 && files.read(rubyFile).ok)
    warnings.push(`${rubyFile} of the Ruby agent is not read; ${inIni}`);
  if (main.endsWith('.ini')) {
    const folder = main.replace(/\.ini$/, '.d');
    const names = files.list(folder);
    if (names.ok) for (const name of names.value.filter((entry) => /^[^.].*\.ini$/s.test(entry)).sort()) read(join(folder, name), false);
    else if (names.error.code !== 'ENOENT')
      problems.push(unreadable(folder, names.error.detail, 'expected a folder that this user may read'));
  }
  return { files: parsed, problems, warnings };
}

function unreadable(where: string, detail: string, expected: string): Problem {
  return { where, key: null, wrong: `can't be read: ${detail}`, expected };
}
