import { isAbsolute, join } from 'node:path';
import type { Machine } from '../io/disk/config-files.ts';
import { atOnce, sortWalk } from '../io/walk.ts';
import type { Config, PluginSettings } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Walk } from '../model/walk.ts';
import { type DefaultFacts, defaultValue, fixedValue } from './defaults.ts';
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

/** Does all of `resolveWalk` at once. */
export function resolveConfig(input: ResolveInput): Result<ResolvedConfig, readonly Problem[]> {
  return atOnce(resolveWalk(input));
}

const aStep = 100; // entries, or plugins

/**
 * Makes the configuration: flags win over the environment, that over files, those over defaults. A
 * relative path starts from the working directory in a flag and from the file's folder in a file.
 * An error is every problem, in the order of files and lines. Never throws.
 */
export function* resolveWalk(input: ResolveInput): Walk<Result<ResolvedConfig, readonly Problem[]>> {
  const { flags, env, source, machine } = input;
  const problems: Problem[] = [...source.problems];
  const onProblem = (problem: Problem) => void problems.push(problem);
  const home = isAbsolute(env['HOME'] ?? '') ? (env['HOME'] ?? '') : machine.home;
  const paths = { folder: machine.cwd, home };
  const entries = [
    ...(yield* entriesOfFiles(source, home, onProblem)),
    ...entriesOfEnvironment(env, paths),
    ...entriesOfFlags(flags.given, paths),
  ];
  for (const [index, { setting, written }] of entries.entries()) {
    if (index % aStep === aStep - 1) yield;
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
  const byPlugin = entriesByPlugin(entries);
  const general = byPlugin.get(null) ?? [];
  const sinks = resolveSinks({
    valueFor: (row) => writtenValue(general, row),
    sectionAt: (section) => sectionAt(source, section),
    mayHold: (section, keys) => mayHold(source, section, keys, problems),
    onProblem,
  });
  const plugins = yield* pluginsWalk(source, byPlugin);
  const config = composeConfig(input, home, general, { sinks, plugins, ...ofFlags });
  for (const problem of yield* intervalProblems(general, byPlugin, config)) onProblem(problem);
  if (problems.length > 0) return err(yield* sortWalk(problems, (a, b) => byPlace.compare(a.where, b.where)));

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

const byPlace = new Intl.Collator('en', { numeric: true });

const addEnableScripts =
  '-s names a script directory, but scripts are not enabled: add -e, or `enabled = true` under [scripts]';

const nameTheHost =
  'the host is called localhost, like many others, and so are its metrics: ' +
  'name it with -H NAME, or `hostname = NAME` under [agent]';

/** Whether metrics would begin with a name that is no host's own. */
function isNameless({ hostname, isSystemHostname }: Config): boolean {
  return isSystemHostname && /^localhost(\.|$)/i.test(hostname);
}

type EntriesByPlugin = ReturnType<typeof entriesByPlugin>;

/** What was made before the rows are read. */
type PreparedParts = Pick<Config, 'sinks' | 'plugins' | 'tempDir'> & { readonly pidFile: string | null };

/** Takes the value of each row of the table; a row without a value has its default. */
function composeConfig(
  { env, machine }: ResolveInput,
  home: string,
  entries: readonly WrittenEntry[],
  { sinks, plugins, tempDir, pidFile }: PreparedParts,
): Config {
  const facts: DefaultFacts = {
    machine,
    env,
    home,
    reportIntervalS: () => rowValue(settings.agent.reportIntervalS),
    hasNoSink: () =>
      rowValue(settings.collector.apiKey) === null && Object.values(sinks).every((sink) => sink === null),
  };
  function rowValue<Value, Absent>(row: Setting<Value, Absent>): Value | Absent {
    const found = writtenValue(entries, row);
    return found === null ? defaultValue(row.default, facts) : found.value;
  }
  const agent = valuesOf(settings.agent, rowValue);
  return {
    ...agent,
    isSystemHostname: writtenValue(entries, settings.agent.hostname) === null,
    tempDir,
    pidFile: pidFile ?? join(agent.stateDir, 'instrument_server.pid'),
    collector: valuesOf(settings.collector, rowValue),
    sinks,
    spool: valuesOf(settings.spool, rowValue),
    scripts: {
      ...valuesOf(settings.scripts, rowValue),
      isDefaultLocation: writtenValue(entries, settings.scripts.location) === null,
    },
    bounds: valuesOf(settings.bounds, rowValue),
    env: writtenVariables(entries, variableSettings.ofAll),
    plugins,
    dashboard: valuesOf(settings.dashboard, rowValue),
    log: valuesOf(settings.log, rowValue),
  };
}

/** The settings of each plugin that has a section. A row without a value has its default. */
function* pluginsWalk(source: Source, byPlugin: EntriesByPlugin): Walk<Config['plugins']> {
  const plugins = new Map<string, PluginSettings>();
  for (const [index, { section }] of source.files.flatMap((file) => file.sections).entries()) {
    if (index % aStep === aStep - 1) yield;
    const located = locateSection(section);
    const plugin = located.ok ? located.value.plugin : null;
    if (plugin === null || plugins.has(plugin)) continue;
    const own = byPlugin.get(plugin) ?? [];
    plugins.set(plugin, {
      ...valuesOf(pluginSettings, (row) => writtenValue(own, row, plugin)?.value ?? fixedValue(row.default)),
      env: writtenVariables(own, variableSettings.ofPlugin, plugin),
    });
  }
  return plugins;
}

/** Finds plugin intervals that are not a multiple of the report interval. */
function* intervalProblems(
  entries: readonly WrittenEntry[],
  byPlugin: EntriesByPlugin,
  { plugins, reportIntervalS }: Config,
): Walk<readonly Problem[]> {
  const row = settings.agent.reportIntervalS;
  const isUnreadable = entries.some(({ setting, written }) => setting === row && !readText(row.kind, written).ok);
  if (isUnreadable) return []; // the plugins' intervals may be right
  const shown = (valueS: number) => formatDuration(valueS * 1000);
  const origin = writtenValue(entries, row)?.written.context.origin ?? 'default';
  const problems: Problem[] = [];
  for (const [index, plugin] of [...plugins.keys()].entries()) {
    if (index % aStep === aStep - 1) yield;
    const own = writtenValue(byPlugin.get(plugin) ?? [], pluginSettings.intervalS, plugin);
    if (own === null || own.value % reportIntervalS === 0) continue;
    const { where, key } = own.written;
    const wrong =
      `${shown(own.value)} is not a multiple of report_interval, ` + `which is ${shown(reportIntervalS)} by ${origin}`;
    problems.push({ where, key, wrong, expected: `expected a multiple, such as ${shown(reportIntervalS * 2)}` });
  }
  return problems;
}
