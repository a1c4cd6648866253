import { join } from 'node:path';
import { makePrivateDirectory } from '../io/disk/files.ts';
import type { Config, RunSettings } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import { sharedEnvironment } from '../runner/invocation.ts';

/** Where Debian and others install what Munin plugins share. */
const libraryFolder = '/usr/share/munin';

/** The folder in a state directory in which Munin plugins keep what they know from run to run. */
export function muninStateFolder(stateDir: string): string {
  return join(stateDir, 'munin');
}

/**
 * Adds, for a Munin plugin, the variables that Munin's own node sets; those of its section and its
 * directory win over them. `stateFolder` is made if it is missing, with mode 0700. `own` is the
 * environment of the agent: where that or `[env]` names a folder of Munin's, it stays. Settings of
 * another format come back as they are. Never throws.
 */
export function withMuninVariables(
  { file }: Plugin,
  settings: RunSettings,
  config: Pick<Config, 'env' | 'scripts' | 'hostname'>,
  stateFolder: string,
  own: Readonly<Record<string, string | undefined>>,
): RunSettings {
  if (settings.format !== 'munin') return settings;
  try {
    makePrivateDirectory(stateFolder);
  } catch {
    // the plugin says so, if it needs the folder
  }
  const env = {
    MUNIN_LIBDIR: sharedEnvironment(own, config)['MUNIN_LIBDIR'] || libraryFolder,
    MUNIN_PLUGSTATE: stateFolder,
    MUNIN_STATEFILE: join(stateFolder, `${file.replaceAll('/', ':')}-instrument_server`),
    MUNIN_CAP_MULTIGRAPH: '1',
    MUNIN_CAP_DIRTYCONFIG: '1',
    MUNIN_DEBUG: '0',
    FQDN: config.hostname,
  };
  return { ...settings, env: { ...env, ...settings.env } };
}
