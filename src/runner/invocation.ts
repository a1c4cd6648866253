import type { Invocation } from '../io/process/launch/launcher.ts';
import type { Config, RunSettings } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import type { LastRun } from '../model/run.ts';
import { unixSeconds } from '../model/sample.ts';

/** Names a command's identity, in its environment. */
export const identityVariable = 'INSTRUMENT_SERVER_PLUGIN';

/**
 * How a plugin is called: with the arguments of its `command`, then those that its section gives
 * it. In the agent's own format two more follow: the whole second at which its last completed run
 * ended, `0` if there was none; and that run's exit status, 128 + n after signal n, absent if
 * there was none. Its stdin is that run's stdout. In other formats, stdin is empty.
 */
export function invocationOf(
  plugin: Plugin,
  last: LastRun | null,
  stdinPath: string | null,
  { args: configured, env: ofSettings, format }: Pick<RunSettings, 'args' | 'env' | 'format'>,
): Invocation {
  const env = withIdentity(plugin, ofSettings);
  const { path, file } = plugin;
  const cwd = workingDirectory(plugin) ?? undefined;
  const args = plugin.args === undefined ? configured : [...plugin.args, ...configured];
  if (format !== 'native') return { path, file, cwd, args, stdinPath: null, env };
  const own = last ? [String(unixSeconds(last.endedAtS)), String(last.status)] : ['0'];
  return { path, file, cwd, args: args.length === 0 ? own : [...args, ...own], stdinPath, env };
}

/**
 * Adds what names a command in its environment. By its working directory `/`, no one knows its
 * process; a plugin in a directory is known by that.
 */
export function withIdentity(
  { args, file }: Plugin,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return args === undefined ? env : { ...env, [identityVariable]: file };
}

/** The same call with the argument `config`, by which Munin asks a plugin what its fields are. */
export function configInvocation(invocation: Invocation): Invocation {
  return { ...invocation, args: [...invocation.args, 'config'] };
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
