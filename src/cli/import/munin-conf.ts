import { join } from 'node:path';
import { ok } from '../../model/result.ts';
import type { ImportHost } from './imported.ts';
import { readSourceText, sortedNames } from './source-text.ts';

/** What `plugin-conf.d` says of a plugin. `where` is `file:line`. */
export type MuninSetting = { readonly key: string; readonly value: string; readonly where: string };

/** The settings of each section by their keys. */
type MuninSections = ReadonlyMap<string, ReadonlyMap<string, MuninSetting>>;

/** The sections of `plugin-conf.d`, and the lines and files that could not be used. */
export type MuninConf = { readonly sections: MuninSections; readonly troubles: readonly string[] };

const knownKeys = /^(user|group|command|timeout|host_name|update_rate|env\..+)$/s;

/**
 * Reads a folder `plugin-conf.d` as munin-node does: its files in the order of their names; a later
 * line wins. A file with a line that can't be read counts up to that line.
 */
export function readMuninConf(folder: string, ignored: (name: string) => boolean, host: ImportHost): MuninConf {
  const sections = new Map<string, Map<string, MuninSetting>>();
  const troubles: string[] = [];
  const isMissing = host.files.facts(folder).kind === 'failed';
  const names = isMissing ? ok([]) : sortedNames(host, folder);
  if (!names.ok) troubles.push(`${folder} ${names.error}: no variable and no user of a plugin is known`);
  for (const name of names.ok ? names.value : []) {
    const path = join(folder, name);
    const isFile = host.files.facts(path).kind === 'file';
    if (!isFile || !/^[-\w.:]+$/.test(name) || name.startsWith('.') || ignored(name)) continue;
    const text = readSourceText(host, path);
    const trouble = text.ok ? readSections(text.value, path, sections) : `${path} ${text.error}`;
    if (trouble !== null) troubles.push(trouble);
  }
  return { sections, troubles };
}

/** Adds the sections of a file. Returns what is wrong with it; null: nothing. */
function readSections(text: string, path: string, sections: Map<string, Map<string, MuninSetting>>): string | null {
  let section: Map<string, MuninSetting> | null = null;
  for (const [index, each] of text.split('\n').entries()) {
    const where = `${path}:${index + 1}`;
    const line = withoutComment(each);
    if (line === '') continue;
    const [, name] = /^\[([^\]]+)\]$/.exec(line) ?? [];
    const [, key = '', value = ''] = /^([\w.]+)\s+(.+)$/s.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, MuninSetting>();
      sections.set(name, section);
    } else if (section === null || !knownKeys.test(key))
      return `${where}: munin-node can not read this line, and leaves out the rest of the file; so does the import`;
    else section.set(key, { key, value, where });
  }
  return null;
}

/** A line without its comment. `\#` is a `#` that begins none. */
export function withoutComment(line: string): string {
  return line
    .replace(/(?<!\\)#.*/s, '')
    .replaceAll('\\#', '#')
    .trim();
}

/** Whether a section is for this plugin: it has its name, or a pattern `name*` or `*name`. */
export function isSectionOf(section: string, plugin: string): boolean {
  if (section.endsWith('*')) return plugin.startsWith(section.slice(0, -1));
  return section.startsWith('*') ? plugin.endsWith(section.slice(1)) : section === plugin;
}

/**
 * The settings of one plugin. Its own section wins, then the patterns in descending order, so that
 * `if_err_*` wins over `if_*`, key by key.
 */
export function muninSettingsOf(sections: MuninSections, plugin: string): readonly MuninSetting[] {
  const patterns = [...sections.keys()].filter((name) => /^\*|\*$/.test(name) && isSectionOf(name, plugin));
  const settings = new Map<string, MuninSetting>();
  for (const name of [plugin, ...patterns.toSorted().reverse()])
    for (const setting of sections.get(name)?.values() ?? [])
      if (!settings.has(setting.key)) settings.set(setting.key, setting);
  return [...settings.values()];
}
