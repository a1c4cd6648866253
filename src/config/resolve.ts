import { isAbsolute, join } from 'node:path';
import type { Machine } from '../io/disk/config-files.ts';
import type { Config, PluginSettings } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import { type DefaultFacts, defaultValue } from './defaults.ts';
import { fileWarnings } from './file-warnings.ts';
import { locateSection } from './locate.ts';
import { pluginSettings, variableSettings } from './plugin-settings.ts';
import { formatProblem, type Problem } from './problem.ts';
import { resolveSinks } from './resolve-sinks.ts';
import { settings } from './schema.ts';
import { mayHold, sectionAt } from './section-lines.ts';
import { type Setting, valuesOf } from './setting.ts';
import type { Source } from './source.ts';
import { formatDuration, path } from './values.ts';
import {
  entriesByPlugin,
  entriesOfEnvironment,
  entriesOfFiles,
  entriesOfFlags,
  readText,
  textOfFlag,
  type WrittenEntry,
  writtenValue,
  writtenVariables,
} from './written.ts';

/**
 * The flags of a command line, as typed: `-f`, `-t`, `-p`, `-u`, and in `given` the flags of the
 * table by their long spelling (`--hostname`). A switch has the value that it means.
 */
export type Flags = {
  readonly configFile: string | null;
  readonly tempDir: string | null;
  readonly pidFile: string | null;
  readonly user: string | null;
  readonly given: ReadonlyMap<string, string>;
};

/** Everything that a configuration is made from. */
export type ResolveInput = {
  readonly flags: Flags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly source: Source;
  readonly machine: Machine;
};

/** A configuration, and what the user should be warned about, one sentence each. */
export type ResolvedConfig = { readonly config: Config; readonly warnings: readonly string[] };

/**
 * Makes the configuration: flags win over the environment, that over files, those over defaults. A
 * relative path starts from the working directory in a flag and from the file's folder in a file.
 * An error is every problem, in the order of files and lines. Never throws.
 */
export function resolveConfig(input: ResolveInput): Result<ResolvedConfig, readonly Problem[]> {
  const { flags, env, source, machine } = input;
  const problems: Problem[] = [...source.problems];
  const onProblem = (problem: Problem) => void problems.push(problem);
  const home = isAbsolute(env['HOME'] ?? '') ? (env['HOME'] ?? '') : machine.home;
  const paths = { folder: machine.cwd, home };
  const entries = [
    ...entriesOfFiles(source, home, onProblem),
    ...entriesOfEnvironment(env, paths),
    ...entriesOfFlags(flags.given, paths),
  ];
  for (const { setting, written } of entries) {
    const read = readText(setting.kind, written); // a value that a stronger one hides is checked too
    if (!read.ok) onProblem(read.error);
  }
  const pathOf = (flag: string, text: string | null): string | null => {
    if (text === null) return null;
    const read = readText(path, textOfFlag(flag, text, paths));
    if (!read.ok) onProblem(read.error);
    return read.ok ? read.value : null;
  };
  const ofFlags = { tempDir: pathOf('-t', flags.tempDir), pidFile: pathOf('-p', flags.pidFile) };
  const sinks = resolveSinks({
    valueFor: (row) => writtenValue(entries, row),
    sectionAt: (section) => sectionAt(source, section),
    mayHold: (section, keys) => mayHold(source, section, keys, problems),
    onProblem,
  });
  const config = composeConfig(input, home, entries, sinks, ofFlags);
  for (const problem of intervalProblems(entries, config)) onProblem(problem);
  if (problems.length > 0)
    return err(problems.toSorted((a, b) => a.where.localeCompare(b.where, 'en', { numeric: true })));

  const hasIdleLocation = flags.given.has('--script-location') && !config.scripts.enabled;
  const missing = source.missing ? [formatProblem(source.missing)] : [];
  return ok({
    config,
    warnings: [
      ...missing,
      ...fileWarnings(source),
      ...(hasIdleLocation ? [addEnableScripts] : []),
      ...(isNameless(config) ? [nameTheHost] : []),
    ],
  });
}

const addEnableScripts =
  '-s names a script directory, but scripts are not enabled: add -e, or `enabled = true` under [scripts]';

const nameTheHost =
  'the host is called localhost, like many others, and so are its metrics: ' +
  'name it with -H NAME, or `hostname = NAME` under [agent]';

/** Whether metrics would begin with a name that is no host's own. */
function isNameless({ hostname, isSystemHostname }: Config): boolean {
  return isSystemHostname && /^localhost(\.|$)/i.test(hostname);
}

/** Takes the value of each row of the table; a row without a value has its default. */
function composeConfig(
  { env, source, machine }: ResolveInput,
  home: string,
  entries: readonly WrittenEntry[],
  sinks: Config['sinks'],
  ofFlags: { readonly tempDir: string | null; readonly pidFile: string | null },
): Config {
  const facts: DefaultFacts = {
    machine,
    env,
    home,
    reportIntervalS: () => rowValue(settings.agent.reportIntervalS),
    hasNoSink: () =>
      rowValue(settings.collector.apiKey) === null && Object.values(sinks).every((sink) => sink === null),
  };
  const byPlugin = entriesByPlugin(entries);
  function rowValue<Value, Absent>(row: Setting<Value, Absent>, plugin: string | null = null): Value | Absent {
    const found = writtenValue(byPlugin.get(plugin) ?? [], row, plugin);
    return found === null ? defaultValue(row.default, facts) : found.value;
  }
  const ofPlugin = (plugin: string): PluginSettings => ({
    ...valuesOf(pluginSettings, (row) => rowValue(row, plugin)),
    env: writtenVariables(byPlugin.get(plugin) ?? [], variableSettings.ofPlugin, plugin),
  });
  const agent = valuesOf(settings.agent, rowValue);
  return {
    ...agent,
    isSystemHostname: writtenValue(entries, settings.agent.hostname) === null,
    tempDir: ofFlags.tempDir,
    pidFile: ofFlags.pidFile ?? join(agent.stateDir, 'instrument_server.pid'),
    collector: valuesOf(settings.collector, rowValue),
    sinks,
    spool: valuesOf(settings.spool, rowValue),
    scripts: {
      ...valuesOf(settings.scripts, rowValue),
      isDefaultLocation: writtenValue(entries, settings.scripts.location) === null,
    },
    bounds: valuesOf(settings.bounds, rowValue),
    env: writtenVariables(entries, variableSettings.ofAll),
    plugins: new Map(pluginNames(source).map((plugin) => [plugin, ofPlugin(plugin)])),
    dashboard: valuesOf(settings.dashboard, rowValue),
    log: valuesOf(settings.log, rowValue),
  };
}

/** Finds plugin intervals that are not a multiple of the report interval. */
function intervalProblems(entries: readonly WrittenEntry[], { plugins, reportIntervalS }: Config): readonly Problem[] {
  const row = settings.agent.reportIntervalS;
  const isUnreadable = entries.some(({ setting, written }) => setting === row && !readText(row.kind, written).ok);
  if (isUnreadable) return []; // the plugins' intervals may be right
  const shown = (valueS: number) => formatDuration(valueS * 1000);
  const origin = writtenValue(entries, row)?.written.context.origin ?? 'default';
  const byPlugin = entriesByPlugin(entries);
  return [...plugins.keys()].flatMap((plugin) => {
    const own = writtenValue(byPlugin.get(plugin) ?? [], pluginSettings.intervalS, plugin);
    if (own === null || own.value % reportIntervalS === 0) return [];
    const { where, key } = own.written;
    const wrong =
      `${shown(own.value)} is not a multiple of report_interval, ` + `which is ${shown(reportIntervalS)} by ${origin}`;
    return [{ where, key, wrong, expected: `expected a multiple, such as ${shown(reportIntervalS * 2)}` }];
  });
}

function pluginNames(source: Source): readonly string[] {
  const located = source.files.flatMap((file) => file.sections).map(({ section }) => locateSection(section));
  return [
    ...new Set(
      located.flatMap((section) => (section.ok && section.value.plugin !== null ? [section.value.plugin] : [])),
    ),
  ];
}
