import * as network from './network-values.ts';
import { type Setting, setting } from './setting.ts';
import { sinkSettings } from './sink-settings.ts';
import * as values from './values.ts';

/** Every key there is. Validation, help, the sample file and the reference page are made from this. */
export const settings = {
  hostname: setting('agent', 'hostname', values.hostname, null, {
    defaultSays: "the system's host name, every character that a metric name can't hold as `_`",
    example: 'hostname = web-1',
    does: 'The first part of every metric name.',
    flag: { short: '-H', long: '--hostname', argument: 'NAME' },
  }),
  reportInterval: setting('agent', 'report_interval', values.duration(1000, values.longestDurationMs, true), 30_000, {
    does: 'The time between two ticks; at each tick the plugins run and the host is measured.',
    flag: { short: '-r', long: '--report-interval', argument: 'SECONDS' },
  }),
  stateDir: setting('agent', 'state_dir', values.path, null, {
    defaultSays:
      '`$STATE_DIRECTORY`; else `$XDG_STATE_HOME/instrument_server`; else `/var/lib/instrument_server` for root and `~/.local/state/instrument_server` for others',
    example: 'state_dir = /var/lib/instrument_server',
    does: 'Where unsent samples and the state of the last runs are kept.',
    live: false,
    flag: { short: null, long: '--state-dir', argument: 'DIR' },
  }),
  maxConcurrency: setting('agent', 'max_concurrency', values.integer(1, 1024), null, {
    defaultSays: 'twice the number of processor cores, at least 4',
    example: 'max_concurrency = 8',
    does: 'How many plugins run at the same time, those that are overdue not counted.',
  }),
  overdueAfter: setting('agent', 'overdue_after', values.duration(1, values.longestDurationMs), null, {
    defaultSays: 'the smaller of 5s and half of `report_interval`',
    example: 'overdue_after = 5s',
    does: 'A run that takes longer makes room for others and goes on untouched; nothing is ever killed.',
  }),
  stopGrace: setting('agent', 'stop_grace', values.duration(0, values.longestDurationMs), 5000, {
    does: 'How long a stop waits for runs that are going on, and then for unsent samples.',
  }),
  spread: setting('agent', 'spread', values.boolean, false, {
    does: 'Whether each plugin runs, and the host is measured, at a moment of its own within `report_interval`, always the same by host and plugin name, instead of all at once.',
  }),
  hostMetrics: setting('agent', 'host_metrics', values.boolean, true, {
    does: 'Whether the host itself is measured: cpu, memory, load, disks.',
  }),
  selfMetrics: setting('agent', 'self_metrics', values.boolean, false, {
    does: "Whether the agent's own counters are sent too, as `HOST.instrument_server.*`.",
  }),
  apiKey: setting('collector', 'api_key', values.secret, null, {
    defaultSays: 'none',
    example: 'api_key = YOUR_API_KEY',
    does: "Your project's key; a file that holds it should have mode 0600.",
    flag: { short: '-k', long: '--api_key', argument: 'KEY' },
    variable: 'INSTRUMENTAL_TOKEN',
  }),
  collector: setting(
    'collector',
    'address',
    network.collectorAddress,
    { host: 'collector.instrumentalapp.com', port: 8001, tls: true },
    {
      does: 'The collector; the port is 8001 unless given, and TLS is used unless the port is 8000.',
      flag: { short: '-c', long: '--collector', argument: 'HOST[:PORT]' },
    },
  ),
  tlsCa: setting('collector', 'tls_ca', values.path, null, {
    defaultSays: 'the authorities that Node.js trusts',
    example: 'tls_ca = /etc/ssl/certs/our-own-ca.pem',
    does: "A PEM file of certificate authorities that may vouch for the collector's certificate.",
  }),
  tlsVerify: setting('collector', 'tls_verify', values.boolean, true, {
    does: "Whether the collector's certificate is verified; without it anyone on the way can read your key.",
  }),
  ...sinkSettings,
  spoolMaxSize: setting('spool', 'max_size', values.size(1024 ** 2, 1024 ** 4), 256 * 1024 ** 2, {
    does: 'How much waits on disk for sinks that do not take it; beyond, the oldest samples go, which is told.',
  }),
  scriptsEnabled: setting('scripts', 'enabled', values.boolean, false, {
    does: 'Whether plugin scripts run.',
    flag: { short: '-e', long: '--enable-scripts', argument: null, means: 'true', does: 'Run plugin scripts.' },
  }),
  scriptLocation: setting('scripts', 'location', values.path, null, {
    defaultSays: '`$HOME/.instrumental_scripts`, which is made when it is missing',
    example: 'location = /etc/instrumental_scripts',
    does: 'The directory of the scripts: mode 0700, owned by the user that runs the agent; one that is named here must exist.',
    flag: { short: '-s', long: '--script-location', argument: 'DIR' },
  }),
  maxOutput: setting('scripts', 'max_output', values.size(1024, 256 * 1024 ** 2), 16 * 1024 ** 2, {
    does: "How much of a run's output is kept; the rest is read and thrown away.",
  }),
  env: setting('env', 'NAME', values.text, null, {
    defaultSays: 'none',
    example: 'MYSQL_HOST = db.example.com',
    does: 'A variable for every plugin; NAME is made of letters, digits and `_` and does not begin with a digit.',
  }),
  pluginEnabled: setting('plugin:NAME', 'enabled', values.boolean, true, { does: 'Whether the plugin runs.' }),
  pluginInterval: setting('plugin:NAME', 'interval', values.duration(1000, values.longestDurationMs, true), null, {
    defaultSays: 'every tick',
    example: 'interval = 5m',
    does: 'The time between two runs of this plugin: a multiple of `report_interval`.',
  }),
  pluginEnv: setting('plugin:NAME', 'env.NAME', values.text, null, {
    defaultSays: 'none',
    example: 'env.MYSQL_USER = monitor',
    does: 'A variable for this plugin alone; it goes before the one of `[env]`.',
  }),
  logLevel: setting('log', 'level', values.level, 'info', {
    does: 'The least grave level that is logged.',
    flag: { short: null, long: '--debug', argument: null, means: 'debug', does: 'Log every tick, run and batch.' },
  }),
  logLocation: setting('log', 'location', values.path, null, {
    defaultSays: 'standard output; in the background `instrument_server.log` in the state directory',
    example: 'location = /var/log/instrument_server.log',
    does: 'The file that is logged to.',
    live: false,
    flag: { short: '-l', long: '--log', argument: 'FILE' },
  }),
  logMaxSize: setting('log', 'max_size', values.size(1024, 1024 ** 4), 50 * 1024 ** 2, {
    does: 'A log file that grows beyond this is renamed to end in `.1` and begun anew.',
  }),
  dashboardEnabled: setting('dashboard', 'enabled', values.boolean, null, {
    defaultSays: 'yes where there is neither a key nor a sink, else no',
    example: 'enabled = yes',
    does: 'Whether the page is served and the history behind it is kept.',
    flag: {
      short: null,
      long: '--dashboard',
      argument: null,
      means: 'true',
      does: 'Serve the page, and keep the history behind it; HOST:PORT may follow.',
    },
  }),
  dashboardListen: setting(
    'dashboard',
    'listen',
    network.listenAddress,
    { host: '127.0.0.1', port: 8642 },
    {
      does: 'Where the page is served, without encryption; port 0: any free one.',
      flag: { short: null, long: '--dashboard-listen', argument: 'HOST:PORT' },
    },
  ),
  dashboardHistory: setting('dashboard', 'history', values.duration(0, 3650 * 86_400_000, true), 7 * 86_400_000, {
    does: 'How long samples are kept for the page: as they were for a day, then in 5-minute means; 0: not at all.',
  }),
  dashboardMaxSize: setting('dashboard', 'max_size', values.size(1024 ** 2, 1024 ** 4), 256 * 1024 ** 2, {
    does: 'How much room the history may take on disk; beyond, the oldest goes.',
  }),
  dashboardMetrics: setting('dashboard', 'metrics', values.boolean, false, {
    does: 'Whether `/metrics` is served too, for Prometheus to scrape.',
  }),
};

/** The rows in the order of the reference. */
export const allSettings: readonly Setting<unknown>[] = Object.values(settings);

/** A row's default as a user would write or read it. */
export function shownDefault(row: Setting<unknown>): string {
  return row.defaultSays ?? row.kind.show(row.default);
}
