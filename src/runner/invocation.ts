import type { Invocation } from '../io/process/launch/launcher.ts';
import type { Config } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import type { LastRun } from '../model/run.ts';

/**
 * How a plugin is called: argv[1] is the whole second at which its last completed run ended, `0`
 * if there was none; argv[2] that run's exit status, 128 + n after signal n, absent if there was
 * none; stdin its stdout.
 */
export function invocationOf(
  plugin: Plugin,
  last: LastRun | null,
  stdinPath: string | null,
  env: Readonly<Record<string, string>>,
): Invocation {
  const args = last ? [String(last.endedAtS), String(last.status)] : ['0'];
  const { path, file } = plugin;
  const cwd = workingDirectory(plugin);
  return cwd === null ? { path, file, args, stdinPath, env } : { path, file, args, stdinPath, env, cwd };
}

/**
 * Where a plugin is run: in its own directory, and a command in `/`. Null: it is in the script
 * directory, where the launcher runs plugins.
 */
export function workingDirectory({ path, directory, args }: Plugin): string | null {
  if (directory !== undefined) return path.slice(0, path.lastIndexOf('/')) || '/';
  return args === undefined ? null : '/';
}

/**
 * The environment that all plugins share: the agent's own without what is withheld, then `[env]`.
 * Without a locale of theirs, `C.UTF-8`: no decimal commas.
 */
export function sharedEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  { env: configured, scripts }: Pick<Config, 'env' | 'scripts'>,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  const given = Object.entries(own).filter(([name]) => !scripts.withheldEnv.includes(name));
  for (const [name, value] of [...given, ...Object.entries(configured)]) {
    if (value !== undefined) env[name] = value;
  }
  if (!env['LC_ALL']) env['LC_ALL'] = 'C.UTF-8'; // an empty one counts as none, as it does for the C library
  return env;
}
