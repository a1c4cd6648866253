import { boundSettings } from './bound-settings.ts';
import { collectorSettings } from './collector-settings.ts';
import { defaultScripts, defaultStateDir, fixed, fixedValue, none, systemHostname, workedOut } from './defaults.ts';
import { metricSettings } from './metric-settings.ts';
import * as network from './network-values.ts';
import type { PlainSections } from './plain-sections.ts';
import { directorySettings, pluginSettings, variableSettings } from './plugin-settings.ts';
import { sections } from './sections.ts';
import { type Rows, type Setting, setting } from './setting.ts';
import { sinkSettings } from './sink-settings.ts';
import * as values from './values.ts';
import { variableNames } from './variable-names.ts';
import { format } from './word-values.ts';

/**
 * The table of keys. A row stands where its value lands: the value of `settings.log.level` becomes
 * `config.log.level`. The compiler requires a row of the right type for each value of `Config`.
 */
export const settings = {
  agent: {
    hostname: setting('agent', 'hostname', {
      kind: values.hostname,
      default: workedOut(
        "the system's host name, with `_` for each character that a metric name can't hold",
        systemHostname,
      ),
      compared: ({ hostname, isSystemHostname }) => [hostname, isSystemHostname],
      example: 'hostname = web-1',
      does: 'The first part of every metric name.',
      flag: { short: '-H', long: '--hostname', argument: 'NAME' },
    }),
    reportIntervalS: setting('agent', 'report_interval', {
      kind: values.seconds(1, values.longestDurationS),
      default: fixed(30),
      does: 'The time between two ticks; at each tick the plugins run and the host is measured.',
      flag: { short: '-r', long: '--report-interval', argument: 'SECONDS' },
    }),
    stateDir: setting('agent', 'state_dir', {
      kind: values.path,
      default: workedOut(
        '`$STATE_DIRECTORY`; else `$XDG_STATE_HOME/instrument_server`; else `/var/lib/instrument_server` ' +
          'for root and `~/.local/state/instrument_server` for other users',
        defaultStateDir,
      ),
      example: 'state_dir = /var/lib/instrument_server',
      does: 'The directory where unsent samples and the state of the last runs are kept.',
      live: false,
      flag: { short: null, long: '--state-dir', argument: 'DIR' },
    }),
    maxConcurrency: setting('agent', 'max_concurrency', {
      kind: values.integerOrAuto(1, 1024),
      default: fixed<number | 'auto'>('auto'),
      example: 'max_concurrency = 8',
      does:
        'How many plugins run at the same time, without overdue runs; `auto` means twice the number of processor ' +
        'cores and at least 4, and more while plugins wait though the processors are idle.',
    }),
    overdueAfterMs: setting('agent', 'overdue_after', {
      kind: values.duration(1, values.longestDurationMs),
      default: workedOut('the smaller of 5s and half of `report_interval`', ({ reportIntervalS }) =>
        Math.min(5000, (reportIntervalS() * 1000) / 2),
      ),
      example: 'overdue_after = 5s',
      does: 'A run that takes longer continues, but no longer counts for `max_concurrency`; the agent kills no run.',
    }),
    stopGraceMs: setting('agent', 'stop_grace', {
      kind: values.duration(0, values.longestDurationMs),
      default: fixed(5000),
      does: 'How long the agent waits when it stops: first for running plugins, then for unsent samples.',
    }),
    spread: setting('agent', 'spread', {
      kind: values.boolean,
      default: fixed(false),
      does:
        'Whether each plugin runs, and the host is measured, at a moment of its own within `report_interval` ' +
        'instead of all at the tick; the moment depends only on the host and the plugin name.',
    }),
    ...metricSettings,
  },
  collector: collectorSettings,
  spool: {
    maxSizeBytes: setting('spool', 'max_size', {
      kind: values.size(1024 ** 2, 1024 ** 4),
      default: fixed(256 * 1024 ** 2),
      does: 'How much disk space unsent samples may take; beyond that the oldest are dropped, which is logged.',
    }),
  },
  scripts: {
    enabled: setting('scripts', 'enabled', {
      kind: values.boolean,
      default: fixed(false),
      does: 'Whether plugin scripts run.',
      flag: { short: '-e', long: '--enable-scripts', argument: null, means: 'true', does: 'Run plugin scripts.' },
    }),
    location: setting('scripts', 'location', {
      kind: values.path,
      default: workedOut('`$HOME/.instrumental_scripts`, which is made if it is missing', defaultScripts),
      example: 'location = /etc/instrumental_scripts',
      does:
        'The directory of the scripts, with mode 0700 and owned by the user that runs the agent; ' +
        'if you name one, it must exist.',
      flag: { short: '-s', long: '--script-location', argument: 'DIR' },
      compared: ({ scripts }) => [scripts.location, scripts.isDefaultLocation],
    }),
    maxOutputBytes: setting('scripts', 'max_output', {
      kind: values.size(1024, 256 * 1024 ** 2),
      default: fixed(16 * 1024 ** 2),
      does: "How much of a run's output is kept; the rest is read and thrown away.",
    }),
    format: setting('scripts', 'format', {
      kind: format,
      default: fixed('native'),
      example: 'format = prometheus',
      does: 'The format of the output of scripts that set none of their own; `native`: NAME VALUE lines.',
    }),
    isStrict: setting('scripts', 'strict', {
      kind: values.boolean,
      default: fixed(false),
      does:
        "Whether a folder above the script directory, or above a link's target, is refused if a group can write it, " +
        "instead of a warning; root's group and the agent user's own may write it while no one else is in them.",
    }),
    withheldEnv: setting('scripts', 'withhold_env', {
      kind: variableNames,
      default: fixed(['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC']),
      example: 'withhold_env = INSTRUMENTAL_TOKEN, NOTIFY_SOCKET, WATCHDOG_PID, WATCHDOG_USEC',
      does:
        "Variables of the agent's own environment that plugins do not get, although `[env]` or a plugin's section " +
        'may set them; empty: plugins get all of it.',
    }),
  },
  bounds: boundSettings,
  dashboard: {
    isEnabled: setting('dashboard', 'enabled', {
      kind: values.boolean,
      default: workedOut('yes if there is neither a key nor a sink, else no', ({ hasNoSink }) => hasNoSink()),
      example: 'enabled = yes',
      does: 'Whether the page is served and the history that it shows is kept.',
      flag: {
        short: null,
        long: '--dashboard',
        argument: null,
        means: 'true',
        does: 'Serve the page and keep the history that it shows; HOST:PORT may follow.',
      },
    }),
    listen: setting('dashboard', 'listen', {
      kind: network.listenAddress,
      default: fixed({ host: '127.0.0.1', port: 8642 }),
      does: 'The address of the page, which is served without encryption; port 0: any free port.',
      flag: { short: null, long: '--dashboard-listen', argument: 'HOST:PORT' },
    }),
    historyS: setting('dashboard', 'history', {
      kind: values.seconds(0, 3650 * 86_400),
      default: fixed(7 * 86_400),
      does: 'How long samples are kept for the page: each one for a day, then 5-minute means; 0: none are kept.',
    }),
    maxSizeBytes: setting('dashboard', 'max_size', {
      kind: values.size(1024 ** 2, 1024 ** 4),
      default: fixed(256 * 1024 ** 2),
      does: 'How much disk space the history may take; beyond that the oldest part is deleted.',
    }),
    metrics: setting('dashboard', 'metrics', {
      kind: values.boolean,
      default: fixed(false),
      does: 'Whether `/metrics` is also served, for Prometheus to scrape.',
    }),
    wall: setting('dashboard', 'wall', {
      kind: values.boolean,
      default: fixed(false),
      does: 'Whether a wall screen has a link of its own, which shows no output, stderr, path or command.',
    }),
  },
  log: {
    level: setting('log', 'level', {
      kind: values.level,
      default: fixed('info'),
      does: 'The lowest level that is logged; each level includes those before it in the list.',
      flag: { short: null, long: '--debug', argument: null, means: 'debug', does: 'Log every tick, run and batch.' },
    }),
    location: setting('log', 'location', {
      kind: values.path,
      default: none('standard output; in the background `instrument_server.log` in the state directory'),
      example: 'location = /var/log/instrument_server.log',
      does: 'The log file.',
      live: false,
      flag: { short: '-l', long: '--log', argument: 'FILE' },
    }),
    maxSizeBytes: setting('log', 'max_size', {
      kind: values.size(1024, 1024 ** 4),
      default: fixed(50 * 1024 ** 2),
      does: 'When the log file is larger than this, it is renamed to end in `.1` and a new one begins.',
    }),
  },
} satisfies { readonly [Section in keyof PlainSections]: Rows<PlainSections[Section]> };

const rows: readonly Setting<unknown>[] = [
  ...Object.values(settings).flatMap((ofSection): readonly Setting<unknown>[] => Object.values(ofSection)),
  ...Object.values(sinkSettings).flatMap((ofSink): readonly Setting<unknown>[] => Object.values(ofSink)),
  ...Object.values(pluginSettings),
  ...Object.values(directorySettings),
  ...Object.values(variableSettings),
];

/**
 * Every key there is, in the order of the reference page. Validation, help, the sample file and
 * the reference page are made from this.
 */
export const allSettings: readonly Setting<unknown>[] = sections.flatMap(({ name }) =>
  rows.filter((row) => row.section === name),
);

/** A row's default as a user would read it. */
export function shownDefault(row: Setting<unknown>): string {
  return row.default.says ?? row.kind.show(fixedValue(row.default));
}
