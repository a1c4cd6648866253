import { err, ok, type Result } from '../model/result.ts';
import { closest } from '../words/closest.ts';
import type { Misfit } from './problem.ts';
import { allSettings } from './schema.ts';
import { type SectionName, sections } from './sections.ts';
import type { Setting } from './setting.ts';

/**
 * A section that exists. `instance` is the NAME of `[plugin:NAME]` or `[directory:NAME]`; null for
 * other sections.
 */
export type LocatedSection = { readonly name: SectionName; readonly instance: string | null };

/** A key that exists. `variable` is the NAME of an environment variable; null for other keys. */
export type LocatedKey = { readonly setting: Setting<unknown>; readonly variable: string | null };

const pluginPrefix = 'plugin:';
const directoryPrefix = 'directory:';
const sinkPrefix = 'sink:';

/** Words that other programs, or other sections, use for the same thing. */
const synonyms = [
  ['address', 'url', 'endpoint', 'server', 'host', 'port'],
  ['database', 'db'],
  ['org', 'organization', 'organisation'],
  ['username', 'user'],
];

/** Finds the section of a `[text]` line. An error says what was probably meant. Never throws. */
export function locateSection(text: string): Result<LocatedSection, Misfit> {
  if (text.startsWith(pluginPrefix)) {
    const plugin = text.slice(pluginPrefix.length).trim();
    if (plugin !== '' && !plugin.includes('/')) return ok({ name: 'plugin:NAME', instance: plugin });
    return err({
      wrong: `[${text}] does not name a plugin`,
      expected: "expected [plugin:NAME], where NAME is the plugin's name or its script's file name",
    });
  }
  if (text.startsWith(directoryPrefix)) {
    const directory = text.slice(directoryPrefix.length).trim();
    if (/^[\w-]+$/.test(directory) && directory !== 'command')
      return ok({ name: 'directory:NAME', instance: directory });
    return err({
      wrong: `[${text}] does not name a directory of plugins`,
      expected: 'expected [directory:NAME], where NAME has only letters, digits, `_` and `-`, and is not `command`',
    });
  }
  const section = sections.find(({ name }) => name === text && !name.endsWith(':NAME'));
  if (section) return ok({ name: section.name, instance: null });
  const names = sections.map(({ name }) => name);
  const meant = meantSection(text, names);
  const near = /^sinks?\b/i.test(text) ? names.filter((name) => name.startsWith(sinkPrefix)) : names;
  return err({
    wrong: `there is no section [${text}]`,
    expected:
      meant === null ? `expected one of ${near.map((name) => `[${name}]`).join(', ')}` : `did you mean [${meant}]?`,
  });
}

/**
 * The section that was probably meant: a sink may lack its prefix, or have another mark after it.
 */
function meantSection(text: string, names: readonly string[]): string | null {
  const named = text
    .replace(/^plugins?\W+(?=\w)/, pluginPrefix)
    .replace(/^director(?:y|ies)\W+(?=\w)/, directoryPrefix);
  const sinks = names.filter((name) => name.startsWith(sinkPrefix)).map((name) => name.slice(sinkPrefix.length));
  const sink = closest(text.replace(/^sinks?\W+/i, ''), sinks);
  return closest(text, named === text ? names : [...names, named]) ?? (sink && sinkPrefix + sink);
}

/** Finds the row of a key in a section. An error says what was probably meant. Never throws. */
export function locateKey(section: SectionName, key: string): Result<LocatedKey, Misfit> {
  const rows = allSettings.filter((row) => row.section === section);
  for (const setting of rows) {
    const prefix = variablePrefix(setting);
    if (prefix === null && setting.key === key) return ok({ setting, variable: null });
    if (prefix === null || !key.startsWith(prefix)) continue;
    const variable = key.slice(prefix.length);
    if (/^[A-Za-z_]\w*$/.test(variable) && variable !== '__proto__') return ok({ setting, variable });
    return err({
      wrong: 'this is not a name for an environment variable',
      expected: 'expected letters, digits and `_`, not beginning with a digit, such as MYSQL_HOST',
    });
  }
  const keys = rows.map((row) => row.key);
  const meant = closest(key, keys);
  const elsewhere = allSettings
    .filter((row) => row.key === key && variablePrefix(row) === null)
    .map((row) => `[${row.section}]`);
  const hint = meant === null ? `expected one of ${keys.join(', ')}` : `did you mean ${meant}?`;
  const synonym = synonyms.find((words) => words.includes(key.toLowerCase()))?.find((word) => keys.includes(word));
  return err({
    wrong: `there is no such key in [${section}]`,
    expected: synonym
      ? `did you mean ${synonym}?`
      : elsewhere.length > 0
        ? `it belongs under ${elsewhere.join(' or ')}`
        : hint,
  });
}

/** The part of a key such as `env.NAME` before NAME; null for a key without NAME. */
function variablePrefix(row: Setting<unknown>): string | null {
  return row.key.endsWith('NAME') ? row.key.slice(0, -'NAME'.length) : null;
}
