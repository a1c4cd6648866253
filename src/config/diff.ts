import { isDeepStrictEqual } from 'node:util';
import { atOnce } from '../io/walk.ts';
import type { Config, DirectorySettings, PluginSettings } from '../model/config.ts';
import type { Walk } from '../model/walk.ts';
import { plainSections } from './plain-sections.ts';
import { defaultPluginSettings, directorySettings, pluginSettings } from './plugin-settings.ts';
import { comparedSinks } from './resolve-sinks.ts';
import { settings } from './schema.ts';
import type { Rows, Setting } from './setting.ts';

/** Does all of `changedKeysWalk` at once. */
export function changedKeys(before: Config, after: Config): readonly string[] {
  return atOnce(changedKeysWalk(before, after));
}

const pluginsAStep = 100;

/**
 * The names of all keys whose effect differs: `[agent] report_interval`, `[env] NAME`,
 * `[plugin:mysql] interval`. A sink is named as a whole: `[sink:influx]`. A value that was only
 * moved to another line or file is not a change. Never throws.
 */
export function* changedKeysWalk(before: Config, after: Config): Walk<readonly string[]> {
  return [
    ...changedRows(before, after).map(nameOf),
    ...differing(comparedSinks(before.sinks), comparedSinks(after.sinks)).map((sink) => `[sink:${sink}]`),
    ...differing(before.env, after.env).map((name) => `[env] ${name}`),
    ...(yield* pluginChanges(before.plugins, after.plugins)),
    ...directoryChanges(before.directories, after.directories),
  ];
}

/**
 * The part of a new configuration that can be applied while the agent runs: keys that are not live
 * keep their running values. `waiting` names those of them that differ.
 */
export function applicable(
  running: Config,
  next: Config,
): { readonly config: Config; readonly waiting: readonly string[] } {
  const [before, after] = [plainSections(running), plainSections(next)];
  return {
    config: {
      ...next,
      ...withRunning(settings.agent, before.agent, after.agent),
      collector: withRunning(settings.collector, before.collector, after.collector),
      spool: withRunning(settings.spool, before.spool, after.spool),
      scripts: { ...next.scripts, ...withRunning(settings.scripts, before.scripts, after.scripts) },
      bounds: withRunning(settings.bounds, before.bounds, after.bounds),
      dashboard: withRunning(settings.dashboard, before.dashboard, after.dashboard),
      log: withRunning(settings.log, before.log, after.log),
    },
    waiting: changedRows(running, next)
      .filter((row) => !row.live)
      .map(nameOf),
  };
}

/**
 * The values of a section that apply now: new ones where the row is live, else the running ones.
 */
function withRunning<Values>(rows: Rows<Values>, running: Values, next: Values): Values {
  const values = { ...next };
  for (const name in rows) if (!rows[name].live) values[name] = running[name];
  return values;
}

/** The rows of plain sections whose values differ. */
function changedRows(before: Config, after: Config): readonly Setting<unknown>[] {
  const values = [before, after].map((config): ValuesBySection => plainSections(config));
  const rowsBySection: RowsBySection = settings;
  return Object.entries(rowsBySection).flatMap(([section, rows]) =>
    Object.entries(rows).flatMap(([name, row]) => {
      const [was, is] = row.compared ? [before, after].map(row.compared) : values.map((of) => of[section]?.[name]);
      return isDeepStrictEqual(was, is) ? [] : [row];
    }),
  );
}

type RowsBySection = Readonly<Record<string, Readonly<Record<string, Setting<unknown>>>>>;

type ValuesBySection = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function nameOf({ section, key }: Setting<unknown>): string {
  return `[${section}] ${key}`;
}

function* pluginChanges(before: Config['plugins'], after: Config['plugins']): Walk<readonly string[]> {
  const changes: string[] = [];
  for (const [index, name] of [...new Set([...before.keys(), ...after.keys()])].entries()) {
    if (index % pluginsAStep === pluginsAStep - 1) yield;
    const changed = differing(valuesByKey(before.get(name)), valuesByKey(after.get(name)));
    for (const key of changed) changes.push(`[plugin:${name}] ${key}`);
    // A section that sets nothing may hide another: the section of the file name wins.
    if (changed.length === 0 && before.has(name) !== after.has(name)) changes.push(`[plugin:${name}]`);
  }
  return changes;
}

function directoryChanges(before: Config['directories'], after: Config['directories']): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (!was || !is) return [`[directory:${name}]`];
    const [values, next] = [was, is].map((one) => valuesByKey(one, directorySettings));
    return differing(values ?? {}, next ?? {}).map((key) => `[directory:${name}] ${key}`);
  });
}

/** The settings of a plugin or a directory by their keys: `interval`, `env.NAME`. */
function valuesByKey(
  of: PluginSettings | DirectorySettings = defaultPluginSettings,
  rows: Readonly<Record<string, { readonly key: string }>> = pluginSettings,
): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, unknown>> = of;
  const keys = Object.entries(rows).map(([name, { key }]) => [key, values[name]]);
  const variables = Object.entries(of.env).map(([name, value]) => [`env.${name}`, value]);
  return Object.fromEntries([...keys, ...variables]);
}

/** The names under which two records hold different values. */
function differing(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
}
