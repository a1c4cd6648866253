import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Machine } from '../io/disk/config-files.ts';
import type { Config, PluginSettings } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import { fileWarnings } from './file-warnings.ts';
import { type Key, locateKey, locateSection, type Section } from './locate.ts';
import { formatProblem, type Misfit, type Problem } from './problem.ts';
import { resolveSinks } from './resolve-sinks.ts';
import { settings } from './schema.ts';
import { mayHold, sectionAt } from './section-lines.ts';
import type { Setting } from './setting.ts';
import type { Source } from './source.ts';
import { formatDuration, type PathBase, path } from './values.ts';

/**
 * What the command line says, as typed: `-f`, `-t`, `-p`, `-u`, and the flags of the table by their long spelling (`--hostname`), a
 * switch with the value it means.
 */
export type Flags = {
  readonly configFile: string | null;
  readonly tempDir: string | null;
  readonly pidFile: string | null;
  readonly user: string | null;
  readonly given: ReadonlyMap<string, string>;
};

export type ResolveInput = {
  readonly flags: Flags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly source: Source;
  readonly machine: Machine;
};

/** A value's text on its way in. `origin` says in words where it came from. */
type GivenValues = {
  readonly text: string;
  readonly where: string;
  readonly key: string | null;
  readonly origin: string;
  readonly base: PathBase;
};
type Placed = Section & Key & { readonly given: GivenValues };
type TakenValue<Value> = { readonly value: Value; readonly given: GivenValues };

/**
 * Lays flags over the environment over files over defaults. Relative paths start from the working directory in flags and
 * from the file's folder in files. Gives the configuration and what a person should be warned about, or every problem at once.
 * Never throws.
 */
export function resolveConfig({
  flags,
  env,
  source,
  machine,
}: ResolveInput): Result<{ config: Config; warnings: readonly string[] }, readonly Problem[]> {
  const problems: Problem[] = [...source.problems];
  const home = isAbsolute(env['HOME'] ?? '') ? (env['HOME'] ?? '') : machine.home;
  const placed = source.files.flatMap((file) => placeEntries(file, home, problems));
  const cwd = { folder: machine.cwd, home };

  function read<Value>(kind: Setting<Value>['kind'], given: GivenValues): TakenValue<Value> | null {
    const parsed = readGiven(kind, given);
    if (parsed.ok) return { value: parsed.value, given };
    problems.push({ where: given.where, key: given.key, ...parsed.error });
    return null;
  }

  /** What was given for a row, the strongest last that could be read; null: nothing. All of it is checked. */
  function take<Value>(row: Setting<Value>, plugin: string | null = null): TakenValue<Value> | null {
    const given = placed
      .filter((entry) => entry.setting === row && entry.plugin === plugin)
      .map((entry) => entry.given);
    const { variable, flag } = row;
    const ofVariable = variable === null ? '' : (env[variable] ?? '');
    if (variable !== null && ofVariable !== '')
      given.push({
        text: ofVariable,
        where: variable,
        key: null,
        origin: `the environment variable ${variable}`,
        base: cwd,
      });
    const ofFlag = flag && flags.given.get(flag.long);
    if (flag && typeof ofFlag === 'string') given.push(fromFlag(flag.short ?? flag.long, ofFlag, cwd));
    return given.map((each) => read(row.kind, each)).findLast((taken) => taken !== null) ?? null;
  }

  function value<Value, Default extends Value | null>(
    row: Setting<Value, Default>,
    plugin: string | null = null,
  ): Value | Default {
    return take<Value>(row, plugin)?.value ?? row.default;
  }

  function variables(row: Setting<string>, plugin: string | null): Readonly<Record<string, string>> {
    const entries = placed.filter((entry) => entry.setting === row && entry.plugin === plugin);
    return Object.fromEntries(entries.map((entry) => [entry.variable ?? '', read(row.kind, entry.given)?.value ?? '']));
  }

  const problemsBefore = problems.length;
  const interval = take<number>(settings.reportInterval);
  const isIntervalKnown = problems.length === problemsBefore;
  const intervalMs = interval?.value ?? settings.reportInterval.default;

  function pluginSettings(plugin: string): PluginSettings {
    const own = take<number>(settings.pluginInterval, plugin);
    if (own && isIntervalKnown && own.value % intervalMs !== 0) {
      const wrong = `${formatDuration(own.value)} is no multiple of report_interval, which is ${formatDuration(intervalMs)} by ${interval?.given.origin ?? 'default'}`;
      problems.push({
        where: own.given.where,
        key: own.given.key,
        wrong,
        expected: `expected a multiple, such as ${formatDuration(intervalMs * 2)}`,
      });
    }
    return {
      enabled: value(settings.pluginEnabled, plugin),
      intervalS: own && own.value / 1000,
      env: variables(settings.pluginEnv, plugin),
    };
  }

  const location = take<string>(settings.scriptLocation);
  const apiKey = take<string>(settings.apiKey);
  const stateDir = value(settings.stateDir) ?? defaultStateDir(env, machine, home);
  const pathOf = (flag: string, text: string | null) =>
    text === null ? null : (read(path, fromFlag(flag, text, cwd))?.value ?? null);
  const sinks = resolveSinks({
    take(row) {
      const taken = take(row);
      return taken && { value: taken.value, origin: taken.given.origin };
    },
    sectionAt: (section) => sectionAt(source, section),
    mayHold: (section, keys) => mayHold(source, section, keys, problems),
    onProblem: (problem) => problems.push(problem),
  });
  const isUnsent = apiKey === null && Object.values(sinks).every((sink) => sink === null);
  const config: Config = {
    hostname: value(settings.hostname) ?? systemHostname(machine.hostname),
    reportIntervalS: intervalMs / 1000,
    stateDir,
    tempDir: pathOf('-t', flags.tempDir),
    pidFile: pathOf('-p', flags.pidFile) ?? join(stateDir, 'instrument_server.pid'),
    maxConcurrency: value(settings.maxConcurrency) ?? Math.max(4, machine.cores * 2),
    overdueAfterMs: value(settings.overdueAfter) ?? Math.min(5000, intervalMs / 2),
    stopGraceMs: value(settings.stopGrace),
    spread: value(settings.spread),
    hostMetrics: value(settings.hostMetrics),
    selfMetrics: value(settings.selfMetrics),
    collector: {
      apiKey: apiKey && { key: apiKey.value, origin: apiKey.given.origin },
      address: value(settings.collector),
      tlsCa: value(settings.tlsCa),
      tlsVerify: value(settings.tlsVerify),
    },
    sinks,
    spool: { maxSizeBytes: value(settings.spoolMaxSize) },
    scripts: {
      enabled: value(settings.scriptsEnabled),
      location: location?.value ?? join(home, '.instrumental_scripts'),
      isDefaultLocation: location === null,
      maxOutputBytes: value(settings.maxOutput),
    },
    env: variables(settings.env, null),
    plugins: new Map(pluginNames(source).map((plugin) => [plugin, pluginSettings(plugin)])),
    dashboard: {
      isEnabled: value(settings.dashboardEnabled) ?? isUnsent,
      listen: value(settings.dashboardListen),
      historyS: value(settings.dashboardHistory) / 1000,
      maxSizeBytes: value(settings.dashboardMaxSize),
      metrics: value(settings.dashboardMetrics),
    },
    log: {
      level: value(settings.logLevel),
      location: value(settings.logLocation),
      maxSizeBytes: value(settings.logMaxSize),
    },
  };
  if (problems.length > 0)
    return err(problems.toSorted((a, b) => a.where.localeCompare(b.where, 'en', { numeric: true })));

  const idleLocation = flags.given.has('--script-location') && !config.scripts.enabled;
  const missing = source.missing ? [formatProblem(source.missing)] : [];
  return ok({
    config,
    warnings: [...missing, ...fileWarnings(source), ...(idleLocation ? [addEnableScripts] : [])],
  });
}

const addEnableScripts =
  '-s names a script directory, but scripts are not enabled: add -e, or `enabled = true` under [scripts]';

/** Finds the row of each entry; what has none goes to `problems`. */
function placeEntries(
  { file, entries, sections }: Source['files'][number],
  home: string,
  problems: Problem[],
): readonly Placed[] {
  for (const { section, line } of sections) {
    const located = locateSection(section);
    if (!located.ok) problems.push({ where: `${file}:${line}`, key: null, ...located.error });
  }
  return entries.flatMap(({ section, key, value, line }) => {
    const where = `${file}:${line}`;
    const located = locateSection(section);
    if (!located.ok) return []; // told at the section's own line
    const found = locateKey(located.value.name, key);
    if (found.ok)
      return [
        {
          ...located.value,
          ...found.value,
          given: { text: value, where, key, origin: where, base: { folder: dirname(file), home } },
        },
      ];
    problems.push({ where, key, ...found.error });
    return [];
  });
}

function readGiven<Value>(kind: Setting<Value>['kind'], { text, base }: GivenValues): Result<Value, Misfit> {
  if (/[\0\r\n]/.test(text))
    return err({ wrong: 'the value holds a line break or a NUL character', expected: 'expected a value of one line' });
  if (/\p{Cs}/u.test(text))
    // an escape such as \ud83d makes one; nothing can be sent or stored with it
    return err({
      wrong: 'the value holds half of a character',
      expected: 'expected the character itself, or both halves, such as \\ud83d\\ude00',
    });
  const isFree = kind.type === 'string' && kind.bounds === null;
  if (text === '' && !isFree)
    return err({ wrong: 'the value is empty', expected: 'expected a value; leave it out altogether for the default' });
  return kind.parse(text, base);
}

function fromFlag(flag: string, text: string, base: PathBase): GivenValues {
  return { text, where: flag, key: null, origin: `the flag ${flag}`, base };
}

function pluginNames(source: Source): readonly string[] {
  const located = source.files.flatMap((file) => file.sections).map(({ section }) => locateSection(section));
  return [
    ...new Set(
      located.flatMap((section) => (section.ok && section.value.plugin !== null ? [section.value.plugin] : [])),
    ),
  ];
}

/** A host name as the first part of a metric name: every character that can't stand there becomes `_`. */
function systemHostname(name: string): string {
  return name.replace(/[^\w.-]/gu, '_').replace(/^\.|\.$|\.(?=\.)/g, '_') || '_';
}

function defaultStateDir(env: ResolveInput['env'], machine: Machine, home: string): string {
  const ofSystemd = env['STATE_DIRECTORY']?.split(':')[0]; // systemd lists several, separated by colons
  if (ofSystemd) return resolve(machine.cwd, ofSystemd);
  const ofXdg = env['XDG_STATE_HOME'] ?? '';
  if (isAbsolute(ofXdg)) return join(ofXdg, 'instrument_server'); // the XDG specification has relative ones ignored
  return machine.uid === 0 ? '/var/lib/instrument_server' : join(home, '.local/state/instrument_server');
}
