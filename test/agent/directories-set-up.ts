import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { Config, DirectorySettings, PluginSettings } from '../../src/model/config.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** A directory as another system's package makes it. */
export function foreignDirectory(): string {
  const path = join(tempDir(), 'plugins');
  mkdirSync(path, { mode: 0o755 });
  return path;
}

/** The sections `[directory:NAME]` by their names. */
export function directories(
  sections: Readonly<Record<string, Partial<DirectorySettings> & { readonly path: string }>>,
): Pick<Config, 'directories'> {
  const settings = {
    enabled: true,
    intervalS: null,
    format: 'native',
    env: {},
    origins: new Map<string, string>(),
  } as const;
  return { directories: new Map(Object.entries(sections).map(([name, own]) => [name, { ...settings, ...own }])) };
}

/** The sections `[plugin:NAME]` by their names. */
export function pluginSections(sections: Readonly<Record<string, Partial<PluginSettings>>>): Pick<Config, 'plugins'> {
  return {
    plugins: new Map(Object.entries(sections).map(([name, own]) => [name, { ...defaultPluginSettings, ...own }])),
  };
}
