import { parseIni } from '../../src/config/ini.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { type Flags, type ResolveInput, resolveConfig } from '../../src/config/resolve.ts';
import type { Source } from '../../src/config/source.ts';
import type { Machine } from '../../src/io/disk/config-files.ts';
import type { Config } from '../../src/model/config.ts';

/**
 * What the user wrote: the text of files by their path, flags, the environment; `mode` is that of
 * every file.
 */
export type Given = {
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  readonly tempDir?: string;
  readonly pidFile?: string;
  readonly env?: ResolveInput['env'];
  readonly machine?: Partial<Machine>;
  readonly mode?: number | null;
  readonly nowMs?: number;
};

const machine: Machine = { hostname: 'web-1', cores: 8, uid: 1000, home: '/home/ann', cwd: '/srv' };

function resolved({ files = {}, flags = {}, tempDir, pidFile, env = {}, ...given }: Given) {
  const { machine: facts = {}, mode = 0o600, nowMs = 0 } = given;
  const parsed = Object.entries(files).map(([file, text]) => ({
    file,
    mode,
    fingerprint: '',
    ...parseIni(text, file),
  }));
  const source: Source = { files: parsed, problems: parsed.flatMap(({ problems }) => problems), missing: null };
  const typed: Flags = {
    configFile: null,
    tempDir: tempDir ?? null,
    pidFile: pidFile ?? null,
    user: null,
    given: new Map(Object.entries(flags)),
  };
  return resolveConfig({ flags: typed, env, source, machine: { ...machine, ...facts }, nowMs: () => nowMs });
}

/** The configuration; throws its problems where there are any. */
export function configOf(given: Given): Config {
  const result = resolved(given);
  if (!result.ok) throw new Error(result.error.map(formatProblem).join('\n'));
  return result.value.config;
}

/** What a person is warned of. */
export function warningsOf(given: Given): readonly string[] {
  const result = resolved(given);
  return result.ok ? result.value.warnings : ['not resolved'];
}

/** Every problem, as it is shown. */
export function problemsOf(given: Given): string[] {
  const result = resolved(given);
  return result.ok ? [] : result.error.map(formatProblem);
}

/** The problems of a file `/x.ini` with this text. */
export function problemsIn(text: string): string[] {
  return problemsOf({ files: { '/x.ini': text } });
}
