import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { configOf, type Given, problemsIn, problemsOf, warningsOf } from './set-up.ts';

const anyOrigins = expect.any(Map);

test('without any word of the user everything has its default', () => {
  expect(configOf({})).toEqual({
    hostname: 'web-1',
    isSystemHostname: true,
    reportIntervalS: 30,
    stateDir: '/home/ann/.local/state/instrument_server',
    tempDir: null,
    pidFile: '/home/ann/.local/state/instrument_server/instrument_server.pid',
    maxConcurrency: 'auto',
    overdueAfterMs: 5000,
    stopGraceMs: 5000,
    spread: false,
    hostMetrics: true,
    selfMetrics: false,
    pluginMetrics: false,
    collector: {
      apiKey: null,
      address: { host: 'collector.instrumentalapp.com', port: 8001, tls: true },
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge',
      notices: false,
      proxy: null,
    },
    scripts: {
      enabled: false,
      location: '/home/ann/.instrumental_scripts',
      isDefaultLocation: true,
      isStrict: false,
      maxOutputBytes: 16 * 1024 ** 2,
      format: 'native',
      withheldEnv: ['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC'],
    },
    bounds: { maxLeftovers: 20, maxSamples: 1_000_000, maxNames: 20_000, maxStderrBytes: 1024 ** 2 },
    sinks: { graphite: null, influx: null, otlp: null, prometheus: null },
    spool: { maxSizeBytes: 256 * 1024 ** 2 },
    env: {},
    plugins: new Map(),
    directories: new Map(),
    dashboard: {
      isEnabled: true,
      listen: { host: '127.0.0.1', port: 8642 },
      historyS: 7 * 86_400,
      maxSizeBytes: 256 * 1024 ** 2,
      metrics: false,
      wall: false,
    },
    log: { level: 'info', location: null, maxSizeBytes: 50 * 1024 ** 2 },
  });
  expect(warningsOf({})).toEqual([]);
});

test('a host that is called localhost is warned about, unless it is named', () => {
  for (const name of ['localhost', 'localhost.localdomain'])
    expect(warningsOf({ machine: { hostname: name } })).toEqual([
      'the host is called localhost, like many others, and so are its metrics: name it with -H NAME, or `hostname = NAME` under [agent]',
    ]);
  const machine = { hostname: 'localhost' };
  expect(warningsOf({ machine, flags: { '--hostname': 'web-1' } })).toEqual([]);
  expect(warningsOf({ machine: { hostname: 'localhost-7' } })).toEqual([]);
});

test('every key of a file reaches the configuration', () => {
  const text = `[agent]
hostname = db-1
report_interval = 1m
state_dir = state
max_concurrency = 3
overdue_after = 500ms
stop_grace = 0
host_metrics = no
self_metrics = yes
[collector]
api_key = abc
address = tcp://[::1]:9000
tls_ca = ../ca.pem
tls_verify = off
counters = increment
notices = yes
[sink:graphite]
address = tls://graphite.example.com
tls_ca = ca.pem
tls_verify = no
[sink:influx]
url = https://influx.example.com:8086/
bucket = hosts
org = our org
token = t0ken
tls_ca = /ca.pem
[sink:otlp]
url = https://otel.example.com:4318
encoding = protobuf
headers = X-Scope-OrgID=team1
service_name = agent
tls_verify = off
[sink:prometheus]
url = https://p.example.com
version = 2.0
token = t0ken
headers = X-Scope-OrgID=team2
tls_ca = /ca.pem
[spool]
max_size = 1GiB
[scripts]
enabled = yes
location = ~/scripts
max_output = 1MiB
withhold_env = TOKEN, OTHER_1,TOKEN
max_leftovers = 5
max_samples = 6
max_names = 7
max_stderr = 2KiB
[env]
LANG = C
EMPTY =
[plugin:with.ext]
enabled = false
interval = 5m
env.A_1 = "x = 1"
[plugin:other]
format = nagios
args = -w '5 %' -c "10 \\"%\\"" a\\ b
command = /bin/check_x -p /
keep_names = yes
mute = always
unit = ms
[directory:m]
path = plugins
interval = 2m
format = munin
env.A = 1
[log]
level = trace
location = /var/log/x.log
max_size = 1GiB
[dashboard]
enabled = yes
listen = [::1]:0
history = 30d
max_size = 1GiB
metrics = yes
wall = yes
[agent]
spread = yes
plugin_metrics = yes
[collector]
proxy = http://proxy:3128
[sink:influx]
compression = gzip
proxy = http://ann:a%40b@proxy:3128
[sink:otlp]
compression = none
proxy = none`;
  expect(configOf({ files: { '/etc/agent/x.ini': text } })).toEqual({
    hostname: 'db-1',
    isSystemHostname: false,
    reportIntervalS: 60,
    stateDir: '/etc/agent/state',
    tempDir: null,
    pidFile: '/etc/agent/state/instrument_server.pid',
    maxConcurrency: 3,
    overdueAfterMs: 500,
    stopGraceMs: 0,
    spread: true,
    hostMetrics: false,
    selfMetrics: true,
    pluginMetrics: true,
    collector: {
      apiKey: { key: 'abc', origin: '/etc/agent/x.ini:11' },
      address: { host: '::1', port: 9000, tls: false },
      tlsCa: '/etc/ca.pem',
      tlsVerify: false,
      counters: 'increment',
      notices: true,
      proxy: { host: 'proxy', port: 3128, login: null, origin: '/etc/agent/x.ini:84' },
    },
    sinks: {
      graphite: {
        address: { host: 'graphite.example.com', port: 2003, tls: true },
        tls: { caFile: '/etc/agent/ca.pem', verify: false },
      },
      influx: {
        url: 'https://influx.example.com:8086',
        into: { kind: 'bucket', bucket: 'hosts', org: 'our org' },
        login: { kind: 'token', token: 't0ken', origin: '/etc/agent/x.ini:25' },
        tls: { caFile: '/ca.pem', verify: true },
        compression: 'gzip',
        proxy: {
          host: 'proxy',
          port: 3128,
          login: { username: 'ann', password: 'a@b' },
          origin: '/etc/agent/x.ini:87',
        },
      },
      otlp: {
        url: 'https://otel.example.com:4318/v1/metrics',
        encoding: 'protobuf',
        headers: { 'x-scope-orgid': 'team1' },
        headersOrigin: '/etc/agent/x.ini:30',
        serviceName: 'agent',
        tls: { caFile: null, verify: false },
        compression: 'none',
        proxy: null,
      },
      prometheus: {
        url: 'https://p.example.com/api/v1/write',
        version: '2.0',
        login: { kind: 'token', token: 't0ken', origin: '/etc/agent/x.ini:36' },
        headers: { 'x-scope-orgid': 'team2' },
        headersOrigin: '/etc/agent/x.ini:37',
        tls: { caFile: '/ca.pem', verify: true },
        proxy: null,
      },
    },
    spool: { maxSizeBytes: 1024 ** 3 },
    scripts: {
      enabled: true,
      location: '/home/ann/scripts',
      isDefaultLocation: false,
      maxOutputBytes: 1024 ** 2,
      format: 'native',
      isStrict: false,
      withheldEnv: ['TOKEN', 'OTHER_1'],
    },
    bounds: { maxLeftovers: 5, maxSamples: 6, maxNames: 7, maxStderrBytes: 2048 },
    env: { LANG: 'C', EMPTY: '' },
    plugins: new Map([
      [
        'with.ext',
        { ...defaultPluginSettings, enabled: false, intervalS: 300, env: { A_1: 'x = 1' }, origins: anyOrigins },
      ],
      [
        'other',
        {
          enabled: true,
          intervalS: null,
          format: 'nagios',
          args: ['-w', '5 %', '-c', '10 "%"', 'a b'],
          command: ['/bin/check_x', '-p', '/'],
          keepNames: true,
          mute: { untilS: null },
          unit: 'ms',
          env: {},
          origins: anyOrigins,
        },
      ],
    ]),
    directories: new Map([
      [
        'm',
        {
          path: '/etc/agent/plugins',
          enabled: true,
          intervalS: 120,
          format: 'munin',
          env: { A: '1' },
          origins: anyOrigins,
        },
      ],
    ]),
    dashboard: {
      isEnabled: true,
      listen: { host: '::1', port: 0 },
      historyS: 30 * 86_400,
      maxSizeBytes: 1024 ** 3,
      metrics: true,
      wall: true,
    },
    log: { level: 'trace', location: '/var/log/x.log', maxSizeBytes: 1024 ** 3 },
  });
});

test('every flag reaches the configuration, relative paths from the working directory', () => {
  const flags = {
    '--hostname': 'db-1',
    '--report-interval': '5',
    '--state-dir': 'state',
    '--api_key': 'abc',
    '--collector': 'example.com',
    '--enable-scripts': 'true',
    '--script-location': '../scripts',
    '--debug': 'debug',
    '--log': 'x.log',
  };
  const config = configOf({ flags, tempDir: 'tmp', pidFile: 'agent.pid' });
  expect(config).toMatchObject({
    hostname: 'db-1',
    reportIntervalS: 5,
    stateDir: '/srv/state',
    tempDir: '/srv/tmp',
    pidFile: '/srv/agent.pid',
  });
  expect(config.collector).toMatchObject({
    apiKey: { key: 'abc', origin: 'the flag -k' },
    address: { host: 'example.com', port: 8001, tls: true },
  });
  expect(config.scripts).toMatchObject({ enabled: true, location: '/scripts', isDefaultLocation: false });
  expect(config.log).toMatchObject({ level: 'debug', location: '/srv/x.log' });
});

describe('precedence', () => {
  const files = { '/a.ini': '[collector]\napi_key = first\naddress = one', '/b.ini': '[collector]\napi_key = second' };
  const key = (given: Given) => configOf(given).collector.apiKey;

  test('a later file wins key by key', () => {
    expect(key({ files })).toEqual({ key: 'second', origin: '/b.ini:2' });
    expect(configOf({ files }).collector.address.host).toBe('one');
  });

  test('the environment wins over files, and a flag over both', () => {
    const env = { INSTRUMENTAL_TOKEN: 'third' };
    expect(key({ files, env })).toEqual({ key: 'third', origin: 'the environment variable INSTRUMENTAL_TOKEN' });
    expect(key({ files, env, flags: { '--api_key': 'fourth' } })).toEqual({ key: 'fourth', origin: 'the flag -k' });
  });

  test('an empty INSTRUMENTAL_TOKEN counts as none', () => {
    expect(key({ files, env: { INSTRUMENTAL_TOKEN: '' } })).toEqual({ key: 'second', origin: '/b.ini:2' });
  });

  test('a value that a stronger one hides is checked all the same', () => {
    expect(
      problemsOf({ files: { '/a.ini': '[agent]\nmax_concurrency = 0', '/b.ini': '[agent]\nmax_concurrency = 1' } }),
    ).toEqual(['/a.ini:2: max_concurrency: "0" is too small; expected auto, or 1 to 1024']);
  });

  test('a variable of a later file wins, the others stay', () => {
    const plugins = {
      '/a.ini': '[plugin:x]\nenv.A = 1\nenv.B = 1\n[env]\nC = 1',
      '/b.ini': '[plugin:x]\nenv.A = 2\n[env]\nC = 2',
    };
    expect(configOf({ files: plugins })).toMatchObject({
      env: { C: '2' },
      plugins: new Map([['x', { ...defaultPluginSettings, env: { A: '2', B: '1' }, origins: anyOrigins }]]),
    });
  });
});

describe('defaults that are worked out', () => {
  test.each([
    ['web-1.example.com', 'web-1.example.com'],
    ["ann's mac", 'ann_s_mac'],
    ['héllo', 'h_llo'],
    ['web.', 'web_'],
    ['.a..b', '_a_.b'],
    ['', '_'],
  ])('the system host name `%s` becomes `%s`', (hostname, expected) => {
    expect(configOf({ machine: { hostname } }).hostname).toBe(expected);
  });

  test('whatever the system host name, the default is one that the configuration would accept', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[.a-]*$/)), (hostname) => {
        const made = configOf({ machine: { hostname } }).hostname;
        expect(configOf({ flags: { '--hostname': made } }).hostname).toBe(made);
      }),
    );
  });

  test.each([
    ['1', 500],
    ['8', 4000],
    ['10', 5000],
    ['1h', 5000],
  ])('with an interval of %s a run is overdue after %d ms', (interval, expected) => {
    expect(configOf({ flags: { '--report-interval': interval } }).overdueAfterMs).toBe(expected);
  });

  test.each<[string, Given, string]>([
    [
      'the flag',
      {
        flags: { '--state-dir': '/f' },
        files: { '/x.ini': '[agent]\nstate_dir = /i' },
        env: { STATE_DIRECTORY: '/s' },
      },
      '/f',
    ],
    ['the file', { files: { '/x.ini': '[agent]\nstate_dir = /i' }, env: { STATE_DIRECTORY: '/s' } }, '/i'],
    [
      "systemd's first directory",
      { env: { STATE_DIRECTORY: '/s:/t', XDG_STATE_HOME: '/x' }, machine: { uid: 0 } },
      '/s',
    ],
    [
      'XDG_STATE_HOME, for root too',
      { env: { STATE_DIRECTORY: '', XDG_STATE_HOME: '/x' }, machine: { uid: 0 } },
      '/x/instrument_server',
    ],
    [
      '/var/lib for root, a relative XDG_STATE_HOME being void',
      { env: { XDG_STATE_HOME: 'x' }, machine: { uid: 0 } },
      '/var/lib/instrument_server',
    ],
    ['the home directory for others', { env: { HOME: '/h' } }, '/h/.local/state/instrument_server'],
    [
      'the home directory where there are no uids',
      { machine: { uid: null } },
      '/home/ann/.local/state/instrument_server',
    ],
  ])('the state directory is given by %s', (_, given, expected) => {
    expect(configOf(given).stateDir).toBe(expected);
  });

  test("the scripts are in HOME, or in the passwd entry's home where HOME is unset or no full path", () => {
    expect(configOf({ env: { HOME: '/h' } }).scripts.location).toBe('/h/.instrumental_scripts');
    for (const env of [{}, { HOME: '' }, { HOME: 'h' }])
      expect(configOf({ env }).scripts.location).toBe('/home/ann/.instrumental_scripts');
  });

  test('a location that is named is not the default one, even if it is the same directory', () => {
    const flags = { '--script-location': '/home/ann/.instrumental_scripts', '--enable-scripts': 'true' };
    expect(configOf({ flags }).scripts.isDefaultLocation).toBe(false);
  });
});

describe('problems', () => {
  test('all of them come at once, in the order of files and lines, and name the flag or variable where it is not a file', () => {
    const given: Given = {
      files: {
        '/x.ini': '[log]\nlevel = loud\n[agent]\nhostnam = a\nreport_interval = x\n; note\n\n\n\nstop_grace: 3',
      },
      flags: { '--report-interval': '0', '--state-dir': '' },
      tempDir: '~bob',
      pidFile: '',
      env: { INSTRUMENTAL_TOKEN: 'SECRET KEY' },
    };
    expect(problemsOf(given)).toEqual([
      '--state-dir: the value is empty; expected a value; leave it out to use the default',
      '-p: the value is empty; expected a value; leave it out to use the default',
      '-r: "0" is too small; expected 1s to 24d',
      '-t: `~bob` is not understood; expected the full path',
      '/x.ini:2: level: "loud" is not a level; expected one of fatal, error, warn, info, debug, trace',
      '/x.ini:4: hostnam: there is no such key in [agent]; did you mean hostname?',
      '/x.ini:5: report_interval: "x" is not a duration; expected a whole number of ms, s, m, h or d, such as 30s or 5m',
      '/x.ini:10: stop_grace: is followed by `:`; expected `stop_grace = value`',
      'INSTRUMENTAL_TOKEN: the value holds white space or control characters; expected one word, as it was given to you',
    ]);
  });

  test.each([
    ['[agnt]\na = 1', '/x.ini:1: there is no section [agnt]; did you mean [agent]?'],
    ['[Agent]', '/x.ini:1: there is no section [Agent]; did you mean [agent]?'],
    ['[plugin mysql]', '/x.ini:1: there is no section [plugin mysql]; did you mean [plugin:mysql]?'],
    ['[plugins.mysql]', '/x.ini:1: there is no section [plugins.mysql]; did you mean [plugin:mysql]?'],
    [
      '[__proto__]\nx = 1',
      '/x.ini:1: there is no section [__proto__]; expected one of [agent], [collector], [sink:graphite], [sink:influx], [sink:otlp], [sink:prometheus], [spool], [scripts], [env], [plugin:NAME], [directory:NAME], [log], [dashboard]',
    ],
    [
      '[plugin:]',
      "/x.ini:1: [plugin:] does not name a plugin; expected [plugin:NAME], where NAME is the plugin's name or its script's file name",
    ],
    [
      '[plugin:a/b]',
      "/x.ini:1: [plugin:a/b] does not name a plugin; expected [plugin:NAME], where NAME is the plugin's name or its script's file name",
    ],
    ['[log]\nhostname = x', '/x.ini:2: hostname: there is no such key in [log]; it belongs under [agent]'],
    ['[log]\nzzz = x', '/x.ini:2: zzz: there is no such key in [log]; expected one of level, location, max_size'],
    ['[plugin:x]\nformat = nagois', '/x.ini:2: format: "nagois" is not a format; did you mean nagios?'],
    [
      '[plugin:x]\nformat = zzzzzz',
      '/x.ini:2: format: "zzzzzz" is not a format; expected one of native, prometheus, nagios, munin, value, influx, json, checkmk, graphite, opentsdb',
    ],
    [
      '[plugin:x]\ncommand = check_load',
      '/x.ini:2: command: "check_load" is not the full path of a program; expected one such as /usr/lib/nagios/plugins/check_load; a command of the shell is /bin/sh -c \'…\'',
    ],
    ["[plugin:x]\nargs = -w '5", '/x.ini:2: args: a quote is not closed: "\'5"; expected another \' behind it'],
    [
      "[plugin:x]\ncommand = /bin/x '5",
      '/x.ini:2: command: a quote is not closed: "\'5"; expected another \' behind it',
    ],
    [
      '[directory:x]\nformat = munin',
      '/x.ini:1: [directory:x] names no directory; expected path = DIRECTORY, such as path = /etc/munin/plugins',
    ],
    ['[directory:x]\npaht = /m', '/x.ini:2: paht: there is no such key in [directory:NAME]; did you mean path?'],
    [
      '[directory:command]\npath = /m',
      '/x.ini:1: [directory:command] does not name a directory of plugins; expected [directory:NAME], where NAME has only letters, digits, `_` and `-`, and is not `command`',
    ],
    ['[directories:x]\npath = /m', '/x.ini:1: there is no section [directories:x]; did you mean [directory:x]?'],
    [
      '[directory:x]\npath = /m\ninterval = 45s',
      '/x.ini:3: interval: 45s is not a multiple of report_interval, which is 30s by default; expected a multiple, such as 1m',
    ],
    [
      '[plugin:x]\nA = 1',
      '/x.ini:2: A: there is no such key in [plugin:NAME]; expected one of enabled, interval, format, args, command, keep_names, mute, unit, env.NAME',
    ],
    [
      '[env]\n1A = x',
      '/x.ini:2: 1A: this is not a name for an environment variable; expected letters, digits and `_`, not beginning with a digit, such as MYSQL_HOST',
    ],
    [
      '[plugin:x]\nenv.__proto__ = 1',
      '/x.ini:2: env.__proto__: this is not a name for an environment variable; expected letters, digits and `_`, not beginning with a digit, such as MYSQL_HOST',
    ],
    [
      '[env]\nA = "x\\ny"',
      '/x.ini:2: A: the value holds a line break or a NUL character; expected a value of one line',
    ],
    [
      '[env]\nA = "x\\u0000"',
      '/x.ini:2: A: the value holds a line break or a NUL character; expected a value of one line',
    ],
    [
      '[env]\nA = "\\ud83d!"',
      '/x.ini:2: A: the value holds half of a character; expected the character itself, or both halves, such as \\ud83d\\ude00',
    ],
    [
      '[collector]\napi_key =',
      '/x.ini:2: api_key: the value is empty; expected a value; leave it out to use the default',
    ],
  ])('%j', (text, problem) => {
    expect(problemsIn(text)).toEqual([problem]);
  });

  test('a character outside the basic plane may be written as itself or as both of its halves', () => {
    expect(configOf({ files: { '/x.ini': '[env]\nA = "\\ud83d\\ude00"\nB = 😀' } }).env).toEqual({ A: '😀', B: '😀' });
  });

  test('whatever escapes a value holds, it can be written in a URL, or is a problem that does not show it', () => {
    const unit = fc.constantFrom('\\ud83d', '\\ude00', '\\u0041', '😀', '/', 'SECRET');
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 5 }), (units) => {
        const text = `[sink:influx]\nurl = http://i\ndatabase = d\nusername = ann\npassword = "${units.join('')}"`;
        const problems = problemsIn(text).join();
        expect(problems).not.toContain('SECRET');
        if (problems !== '') return;
        const { influx } = configOf({ files: { '/x.ini': text } }).sinks;
        expect(() => encodeURIComponent(Object.values(influx?.login ?? {}).join())).not.toThrow();
      }),
    );
  });

  test("a plugin's interval is a multiple of the report interval, from the file, a flag or the default", () => {
    const files = { '/x.ini': '[plugin:a]\ninterval = 45s' };
    const expected = 'expected a multiple, such as';
    expect(problemsOf({ files })).toEqual([
      `/x.ini:2: interval: 45s is not a multiple of report_interval, which is 30s by default; ${expected} 1m`,
    ]);
    expect(problemsOf({ files, flags: { '--report-interval': '60' } })).toEqual([
      `/x.ini:2: interval: 45s is not a multiple of report_interval, which is 1m by the flag -r; ${expected} 2m`,
    ]);
    expect(configOf({ files, flags: { '--report-interval': '15' } }).plugins.get('a')?.intervalS).toBe(45);
  });

  test('a directory is there once, because its plugins would run once for each section', () => {
    const scripts = '[scripts]\nenabled = yes\nlocation = /s';
    const again = (line: number, path: string, what: string) =>
      `/x.ini:${line}: path: ${path} is ${what} already, and its plugins would run twice; ` +
      'expected a directory of its own; remove one of the two';
    expect(problemsIn(`${scripts}\n[directory:a]\npath = /s/`)).toEqual([again(5, '/s/', 'the script directory')]);
    expect(problemsIn('[directory:a]\npath = /m\n[directory:b]\npath = /m/\n[directory:c]\npath = /m')).toEqual([
      again(4, '/m/', 'the directory of [directory:a]'),
      again(6, '/m', 'the directory of [directory:a]'),
    ]);
    expect(problemsIn('[directory:a]\npath = /m\n[directory:b]\npath = /m\nenabled = no')).toEqual([]);
    expect(problemsIn('[scripts]\nlocation = /s\n[directory:a]\npath = /s')).toEqual([]); // scripts are not enabled
  });

  test('where the report interval itself is wrong, plugins are not blamed for it', () => {
    expect(problemsIn('[agent]\nreport_interval = 15 s\n[plugin:a]\ninterval = 45s')).toHaveLength(1);
  });

  test('an api key is shown in no problem and no warning, wherever it was given', () => {
    const odd = fc.constantFrom(' ', '\t', '\0', '\n', '"', '#', '');
    fc.assert(
      fc.property(odd, odd, (before, after) => {
        const key = `${before}SECRET${after}`;
        const given: Given = {
          files: { '/x.ini': `[collector]\napi_key = ${JSON.stringify(key)}\n[log]\napi_key = ${key}` },
          flags: { '--api_key': key },
          env: { INSTRUMENTAL_TOKEN: key },
          mode: 0o644,
        };
        expect(problemsOf(given).length).toBeGreaterThan(0);
        expect([...problemsOf(given), ...warningsOf(given)].join()).not.toContain('SECRET');
      }),
    );
  });
});

describe('warnings', () => {
  test.each([
    [0o644, '0644'],
    [0o640, '0640'],
    [0o4604, '4604'],
  ])('a file with a key that others can read is warned about: mode %o', (mode, shown) => {
    expect(warningsOf({ files: { "/it's.ini": '[log]\n[collector]\napi_key = abc' }, mode })).toEqual([
      `/it's.ini holds api_key, and its mode ${shown} lets others read it: chmod 0600 '/it'\\''s.ini'`,
    ]);
  });

  test.each<[string, string, number | null]>([
    ['only its owner can read it', '[collector]\napi_key = abc', 0o600],
    ['it holds no key', '[collector]\naddress = abc', 0o644],
    ['the system has no modes', '[collector]\napi_key = abc', null],
  ])('a file is not warned about if %s', (_, text, mode) => {
    expect(warningsOf({ files: { '/x.ini': text }, mode })).toEqual([]);
  });

  test('-s without -e is warned about, unless the file enables scripts', () => {
    const flags = { '--script-location': '/s' };
    expect(warningsOf({ flags })).toEqual([
      '-s names a script directory, but scripts are not enabled: add -e, or `enabled = true` under [scripts]',
    ]);
    expect(warningsOf({ flags: { ...flags, '--enable-scripts': 'true' } })).toEqual([]);
    expect(warningsOf({ flags, files: { '/x.ini': '[scripts]\nenabled = true' } })).toEqual([]);
  });
});

test('withhold_env may be empty: then plugins get all of the environment', () => {
  expect(configOf({ files: { '/x.ini': '[scripts]\nwithhold_env =\n' } }).scripts.withheldEnv).toEqual([]);
});
