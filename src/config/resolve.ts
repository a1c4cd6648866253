import { isAbsolute, join } from 'node:path';
import type { Machine } from '../io/disk/config-files.ts';
import { atOnce, sortWalk } from '../io/walk.ts';
import type { Config } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Walk } from '../model/walk.ts';
import { type DefaultFacts, defaultValue } from './defaults.ts';
import { fileWarnings } from './file-warnings.ts';
import { variableSettings } from './plugin-settings.ts';
import { formatProblem, type Problem } from './problem.ts';
import { type EnvironmentProxyFinder, findEnvironmentProxies } from './proxy-environment.ts';
import { instancesWalk, intervalProblems, muteWarnings, sharedPathProblems } from './resolve-instances.ts';
import { resolveSinks } from './resolve-sinks.ts';
import { settings } from './schema.ts';
import { mayHold, sectionAt } from './section-lines.ts';
import { type Setting, valuesOf } from './setting.ts';
import type { Source } from './source.ts';
import { path } from './values.ts';
import {
  entriesByInstance,
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
  /** The time of the wall clock, in ms since the epoch. */
  readonly nowMs: () => number;
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
  const byInstance = entriesByInstance(entries);
  const general = byInstance.get(null) ?? [];
  const proxies = findEnvironmentProxies(env);
  const sinks = resolveSinks({
    environmentProxy: proxies.find,
    valueFor: (row) => writtenValue(general, row),
    sectionAt: (section) => sectionAt(source, section),
    mayHold: (section, keys) => mayHold(source, section, keys, problems),
    onProblem,
  });
  const { plugins, directories } = yield* instancesWalk(source, byInstance, problems);
  const config = composeConfig(input, home, general, proxies.find, {
    sinks,
    plugins,
    directories,
    ...ofFlags,
  });
  for (const problem of yield* intervalProblems(general, byInstance, config)) onProblem(problem);
  for (const problem of sharedPathProblems(byInstance, config)) onProblem(problem);
  if (problems.length > 0) return err(yield* sortWalk(problems, (a, b) => byPlace.compare(a.where, b.where)));

  const hasIdleLocation = flags.given.has('--script-location') && !config.scripts.enabled;
  const missing = source.missing ? [formatProblem(source.missing)] : [];
  return ok({
    config,
    warnings: [
      ...missing,
      ...fileWarnings(source),
      ...proxies.warnings(),
      ...muteWarnings(config, input.nowMs()),
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

/** What was made before the rows are read. */
type PreparedParts = Pick<Config, 'sinks' | 'plugins' | 'directories' | 'tempDir'> & {
  readonly pidFile: string | null;
};

/** Takes the value of each row of the table; a row without a value has its default. */
function composeConfig(
  { env, machine }: ResolveInput,
  home: string,
  entries: readonly WrittenEntry[],
  environmentProxy: EnvironmentProxyFinder,
  { sinks, plugins, directories, tempDir, pidFile }: PreparedParts,
): Config {
  const facts: DefaultFacts = {
    machine,
    env,
    home,
    reportIntervalS: () => rowValue(settings.agent.reportIntervalS),
    hasNoSink: () =>
      rowValue(settings.collector.apiKey) === null && Object.values(sinks).every((sink) => sink === null),
    collectorProxy: () => {
      const { host, port } = rowValue(settings.collector.address);
      return rowValue(settings.collector.apiKey) && environmentProxy({ host, port, isTls: true });
    },
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
    directories,
    dashboard: valuesOf(settings.dashboard, rowValue),
    log: valuesOf(settings.log, rowValue),
  };
}
