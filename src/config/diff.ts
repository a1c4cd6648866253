import { isDeepStrictEqual } from 'node:util';
import type { Config, PluginSettings } from '../model/config.ts';
import { settings } from './schema.ts';
import type { Setting } from './setting.ts';

type Compared = { readonly row: Setting<unknown>; readonly of: (config: Config) => unknown };

/** Every key that stands for itself, and what it does to the configuration. */
const keys: readonly Compared[] = [
  { row: settings.hostname, of: (config) => config.hostname },
  { row: settings.reportInterval, of: (config) => config.reportIntervalS },
  { row: settings.stateDir, of: (config) => config.stateDir },
  { row: settings.maxConcurrency, of: (config) => config.maxConcurrency },
  { row: settings.overdueAfter, of: (config) => config.overdueAfterMs },
  { row: settings.stopGrace, of: (config) => config.stopGraceMs },
  { row: settings.spread, of: (config) => config.spread },
  { row: settings.hostMetrics, of: (config) => config.hostMetrics },
  { row: settings.selfMetrics, of: (config) => config.selfMetrics },
  { row: settings.apiKey, of: ({ collector }) => collector.apiKey?.key },
  { row: settings.collector, of: ({ collector }) => collector.address },
  { row: settings.tlsCa, of: ({ collector }) => collector.tlsCa },
  { row: settings.tlsVerify, of: ({ collector }) => collector.tlsVerify },
  { row: settings.spoolMaxSize, of: ({ spool }) => spool.maxSizeBytes },
  { row: settings.scriptsEnabled, of: ({ scripts }) => scripts.enabled },
  { row: settings.scriptLocation, of: ({ scripts }) => [scripts.location, scripts.isDefaultLocation] },
  { row: settings.maxOutput, of: ({ scripts }) => scripts.maxOutputBytes },
  { row: settings.dashboardEnabled, of: ({ dashboard }) => dashboard.isEnabled },
  { row: settings.dashboardListen, of: ({ dashboard }) => dashboard.listen },
  { row: settings.dashboardHistory, of: ({ dashboard }) => dashboard.historyS },
  { row: settings.dashboardMaxSize, of: ({ dashboard }) => dashboard.maxSizeBytes },
  { row: settings.dashboardMetrics, of: ({ dashboard }) => dashboard.metrics },
  { row: settings.logLevel, of: ({ log }) => log.level },
  { row: settings.logLocation, of: ({ log }) => log.location },
  { row: settings.logMaxSize, of: ({ log }) => log.maxSizeBytes },
];

/** What a plugin has that no section is about. */
const untouched: PluginSettings = { enabled: true, intervalS: null, env: {} };

/**
 * The names of all that differs in effect: `[agent] report_interval`, `[env] NAME`, `[plugin:mysql] interval`, `[sink:influx]`. A value that has only moved to
 * another line or file does not. Never throws.
 */
export function changedKeys(before: Config, after: Config): readonly string[] {
  return [
    ...keys.filter((key) => differs(key, before, after)).map(nameOf),
    ...differing(sinksOf(before), sinksOf(after)).map((sink) => `[sink:${sink}]`),
    ...differing(before.env, after.env).map((name) => `[env] ${name}`),
    ...pluginChanges(before.plugins, after.plugins),
  ];
}

/** A new configuration with what can't change while the agent runs left as it is; `waiting` names what differs there. */
export function applicable(
  running: Config,
  next: Config,
): { readonly config: Config; readonly waiting: readonly string[] } {
  return {
    config: { ...next, stateDir: running.stateDir, log: { ...next.log, location: running.log.location } },
    waiting: keys.filter((key) => !key.row.live && differs(key, running, next)).map(nameOf),
  };
}

function differs({ of }: Compared, before: Config, after: Config): boolean {
  return !isDeepStrictEqual(of(before), of(after));
}

function nameOf({ row }: Compared): string {
  return `[${row.section}] ${row.key}`;
}

/** The sinks without the places that their secrets came from. */
function sinksOf({ sinks: { graphite, influx, otlp } }: Config): Readonly<Record<string, unknown>> {
  return {
    graphite,
    influx: influx && { ...influx, login: { ...influx.login, origin: null } },
    otlp: otlp && { ...otlp, headersOrigin: null },
  };
}

function pluginChanges(before: Config['plugins'], after: Config['plugins']): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const changed = differing(flat(before.get(name)), flat(after.get(name)));
    if (changed.length > 0) return changed.map((key) => `[plugin:${name}] ${key}`);
    return before.has(name) === after.has(name) ? [] : [`[plugin:${name}]`]; // it may have hidden another: a file name goes before a plugin's
  });
}

/** The settings of a plugin by their keys. */
function flat({ enabled, intervalS, env }: PluginSettings = untouched): Readonly<Record<string, unknown>> {
  const variables = Object.entries(env).map(([name, value]) => [`env.${name}`, value]);
  return { enabled, interval: intervalS, ...Object.fromEntries(variables) };
}

/** The keys under which two records hold different values. */
function differing(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
}
