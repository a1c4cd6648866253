import { resolve } from 'node:path';
import type { Config, DirectorySettings, PluginSettings, SettingOrigins } from '../model/config.ts';
import type { Walk } from '../model/walk.ts';
import { isMutedNow } from '../words/state-word.ts';
import { fixedValue } from './defaults.ts';
import { locateSection } from './locate.ts';
import { directorySettings, pluginSettings, variableSettings } from './plugin-settings.ts';
import type { Problem } from './problem.ts';
import { settings } from './schema.ts';
import { mayHold, sectionAt } from './section-lines.ts';
import type { SectionName } from './sections.ts';
import { valuesOf } from './setting.ts';
import type { Source } from './source.ts';
import { formatDuration } from './values.ts';
import { type entriesByInstance, readText, type WrittenEntry, writtenValue, writtenVariables } from './written.ts';

type EntriesByInstance = ReturnType<typeof entriesByInstance>;

const aStep = 100; // plugins

/**
 * The settings of each plugin and each directory that has a section. A row without a value has its
 * default. Adds to `problems`, which holds those that were found before.
 */
export function* instancesWalk(
  source: Source,
  byInstance: EntriesByInstance,
  problems: Problem[],
): Walk<Pick<Config, 'plugins' | 'directories'>> {
  const plugins = new Map<string, PluginSettings>();
  const directories = new Map<string, DirectorySettings>();
  for (const [index, { section }] of source.files.flatMap((file) => file.sections).entries()) {
    if (index % aStep === aStep - 1) yield;
    const located = locateSection(section);
    const { name, instance } = located.ok ? located.value : { name: null, instance: null };
    if (instance === null) continue;
    const own = byInstance.get(instance) ?? [];
    if (name === 'plugin:NAME' && !plugins.has(instance)) plugins.set(instance, pluginOf(own, instance));
    if (name !== 'directory:NAME' || directories.has(instance)) continue;
    directories.set(instance, directoryOf(own, instance));
    const isUnnamed = writtenValue(own, directorySettings.path, instance) === null;
    if (isUnnamed && !mayHold(source, section, ['path'], problems))
      problems.push({
        where: sectionAt(source, section) ?? '',
        key: null,
        wrong: `[${section}] names no directory`,
        expected: 'expected path = DIRECTORY, such as path = /etc/munin/plugins',
      });
  }
  return { plugins, directories };
}

function pluginOf(own: readonly WrittenEntry[], name: string): PluginSettings {
  return {
    ...valuesOf(pluginSettings, (row) => writtenValue(own, row, name)?.value ?? fixedValue(row.default)),
    env: writtenVariables(own, variableSettings.ofPlugin, name),
    origins: originsOf(own, 'plugin:NAME', name),
  };
}

function directoryOf(own: readonly WrittenEntry[], name: string): DirectorySettings {
  const values = valuesOf(directorySettings, (row) => writtenValue(own, row, name)?.value ?? fixedValue(row.default));
  return {
    ...values,
    path: values.path ?? '',
    env: writtenVariables(own, variableSettings.ofDirectory, name),
    origins: originsOf(own, 'directory:NAME', name),
  };
}

/** Where the keys of a section were written; the last place wins, as its value does. */
function originsOf(own: readonly WrittenEntry[], section: SectionName, name: string): SettingOrigins {
  const ofSection = own.filter((entry) => entry.name === section && entry.instance === name);
  return new Map(ofSection.map(({ written, setting }) => [written.key ?? setting.key, written.where]));
}

/**
 * Warns of plugins that were to be muted until a day that is past, one sentence each. `nowMs`: in
 * ms since the epoch.
 */
export function muteWarnings({ plugins }: Pick<Config, 'plugins'>, nowMs: number): readonly string[] {
  return [...plugins].flatMap(([name, { mute }]) => {
    if (mute === null || isMutedNow(mute, nowMs / 1000)) return [];
    const written = `mute = ${pluginSettings.mute.kind.show(mute)} under [plugin:${name}]`;
    return [`${written} is over, so trouble of the plugin counts again: give a later date, or remove the line`];
  });
}

/** Finds directories that another section watches: their plugins would run twice at once. */
export function sharedPathProblems(
  byInstance: EntriesByInstance,
  { directories, scripts }: Pick<Config, 'directories' | 'scripts'>,
): readonly Problem[] {
  const known = new Map(scripts.enabled ? [[resolve(scripts.location), 'the script directory']] : []);
  const problems: Problem[] = [];
  for (const [name, { path, enabled }] of directories) {
    const written = writtenValue(byInstance.get(name) ?? [], directorySettings.path, name)?.written;
    if (!written || !enabled) continue;
    const other = known.get(resolve(path));
    if (other === undefined) known.set(resolve(path), `the directory of [directory:${name}]`);
    else {
      const { where, key } = written;
      problems.push({
        where,
        key,
        wrong: `${path} is ${other} already, and its plugins would run twice`,
        expected: 'expected a directory of its own; remove one of the two',
      });
    }
  }
  return problems;
}

/** Finds intervals of plugins and directories that are not a multiple of the report interval. */
export function* intervalProblems(
  entries: readonly WrittenEntry[],
  byInstance: EntriesByInstance,
  { plugins, directories, reportIntervalS }: Pick<Config, 'plugins' | 'directories' | 'reportIntervalS'>,
): Walk<readonly Problem[]> {
  const row = settings.agent.reportIntervalS;
  const isUnreadable = entries.some(({ setting, written }) => setting === row && !readText(row.kind, written).ok);
  if (isUnreadable) return []; // the plugins' intervals may be right
  const shown = (valueS: number) => formatDuration(valueS * 1000);
  const origin = writtenValue(entries, row)?.written.context.origin ?? 'default';
  const problems: Problem[] = [];
  const instances = [
    ...[...plugins.keys()].map((name) => ({ name, ofInterval: pluginSettings.intervalS })),
    ...[...directories.keys()].map((name) => ({ name, ofInterval: directorySettings.intervalS })),
  ];
  for (const [index, { name, ofInterval }] of instances.entries()) {
    if (index % aStep === aStep - 1) yield;
    const own = writtenValue(byInstance.get(name) ?? [], ofInterval, name);
    if (own === null || own.value === null || own.value % reportIntervalS === 0) continue;
    const { where, key } = own.written;
    const wrong =
      `${shown(own.value)} is not a multiple of report_interval, ` + `which is ${shown(reportIntervalS)} by ${origin}`;
    problems.push({ where, key, wrong, expected: `expected a multiple, such as ${shown(reportIntervalS * 2)}` });
  }
  return problems;
}
