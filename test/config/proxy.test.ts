import { describe, expect, test } from 'vitest';
import { changedKeys } from '../../src/config/diff.ts';
import { proxy } from '../../src/config/network-values.ts';
import { secretIn, secrets } from '../helpers/secrets.ts';
import { configOf, problemsOf, warningsOf } from './set-up.ts';

const influx = '[sink:influx]\nurl = http://influx.example.com:8086\ndatabase = d\n';
const otlp = '[sink:otlp]\nurl = https://otlp.example.com\n';
const prometheus = '[sink:prometheus]\nurl = http://prometheus.example.com:9090\n';
const collector = '[collector]\napi_key = KEY\n';

type Env = Readonly<Record<string, string>>;

/** The proxy of each sink, as `host:port`; null: none. */
function proxiesIn(text: string, env: Env = {}) {
  const config = configOf({ files: { '/x.ini': text }, env });
  const shown = (found: { readonly host: string; readonly port: number } | null | undefined) =>
    found && `${found.host}:${found.port}`;
  return {
    influx: shown(config.sinks.influx?.proxy),
    otlp: shown(config.sinks.otlp?.proxy),
    collector: shown(config.collector.proxy),
  };
}

describe('a proxy', () => {
  test.each([
    ['http://p.example.com:3128', { host: 'p.example.com', port: 3128, login: null }],
    ['HTTP://p.example.com/', { host: 'p.example.com', port: 80, login: null }],
    ['http://[fd00::1]:3128', { host: 'fd00::1', port: 3128, login: null }],
    ['http://ann@p:1', { host: 'p', port: 1, login: { username: 'ann', password: '' } }],
    ['http://ann:p%40ss%25%2F@p:1', { host: 'p', port: 1, login: { username: 'ann', password: 'p@ss%/' } }],
    ['http://ann:p:a:s@p:1', { host: 'p', port: 1, login: { username: 'ann', password: 'p:a:s' } }],
  ])('%s is read', (text, expected) => {
    expect(configOf({ files: { '/x.ini': `${influx}proxy = "${text}"` } }).sinks.influx?.proxy).toEqual({
      ...expected,
      origin: '/x.ini:4',
    });
  });

  test.each([
    ['p.example.com:3128', '"p.example.com:3128" is not the address of an HTTP proxy'],
    ['socks5://p:1080', '"socks5://p:1080" is not the address of an HTTP proxy'],
    ['https://p:3128', '"https://p:3128" is not the address of an HTTP proxy'],
    ['http://p:3128/path', '"http://p:3128/path" is not the address of an HTTP proxy'],
    [`http://ann:${secrets.password}/x@p:3128`, '"http://…@p:3128" is not the address of an HTTP proxy'],
    [`http://ann:${secrets.password}#@p:3128`, '"http://…@p:3128" is not the address of an HTTP proxy'],
  ])('%s is a problem, which shows no login', (text, problem) => {
    expect(problemsOf({ files: { '/x.ini': `${influx}proxy = "${text}"` } })).toEqual([
      `/x.ini:4: proxy: ${problem}; expected http://HOST:PORT, http://USER:PASSWORD@HOST:PORT or none`,
    ]);
  });

  test('with a percent sign that begins no escape is a problem, which shows no login', () => {
    const [problem = ''] = problemsOf({
      files: { '/x.ini': `${collector}proxy = http://ann:${secrets.password}%@p:1` },
    });
    expect(problem).toBe(
      '/x.ini:3: proxy: user or password of the proxy has a percent sign that begins no escape; expected %25 for it',
    );
  });

  test('is shown without its login', () => {
    const login = { username: 'ann', password: secrets.password };
    const settings = { host: 'fd00::1', port: 1, origin: 'x' };
    expect(proxy.show({ ...settings, login })).toBe('http://…@[fd00::1]:1');
    expect(proxy.show({ ...settings, login: null })).toBe('http://[fd00::1]:1');
    expect(proxy.show(null)).toBe('none');
  });

  test('of a file that others can read is warned about if it has a login', () => {
    const warned = (text: string) => warningsOf({ files: { '/x.ini': `${influx}proxy = ${text}` }, mode: 0o644 });
    expect(warned('http://ann:pw@p:1')).toEqual([
      "/x.ini holds proxy, and its mode 0644 lets others read it: chmod 0600 '/x.ini'",
    ]);
    expect(warned('http://p:1')).toEqual([]);
  });

  test('that moves to another line is no change; another one is', () => {
    const config = (text: string) => configOf({ files: { '/x.ini': text } });
    const before = config(`${influx}proxy = http://p:1\n${otlp}proxy = http://p:1\n${collector}proxy = http://p:1`);
    const moved = config(`\n${influx}proxy = http://p:1\n${otlp}proxy = http://p:1\n${collector}proxy = http://p:1`);
    const other = config(`${influx}proxy = http://p:2\n${otlp}proxy = none\n${collector}proxy = http://a:b@p:1`);
    expect(changedKeys(before, moved)).toEqual([]);
    expect(changedKeys(before, other)).toEqual(['[collector] proxy', '[sink:influx]', '[sink:otlp]']);
  });
});

test('remote write has the same key, and the same rule', () => {
  const proxyIn = (text: string, env: Env) =>
    configOf({ files: { '/x.ini': text }, env }).sinks.prometheus?.proxy?.host ?? null;
  expect(proxyIn(`${prometheus}proxy = http://p:1`, { http_proxy: 'http://q:1' })).toBe('p');
  expect(proxyIn(prometheus, { http_proxy: 'http://q:1' })).toBe('q');
  expect(proxyIn(`${prometheus}proxy = none`, { http_proxy: 'http://q:1' })).toBeNull();
  const configs = ['\n', ''].map((before) =>
    configOf({ files: { '/x.ini': `${before}${prometheus}proxy = http://a:b@p:1` } }),
  );
  const [moved, config] = configs;
  expect(moved && config && changedKeys(config, moved)).toEqual([]);
});

describe('without a key, the environment', () => {
  const all = influx + otlp + collector;
  const none = { influx: null, otlp: null, collector: null };

  test.each<[string, Env, ReturnType<typeof proxiesIn>]>([
    ['nothing', {}, none],
    ['http_proxy', { http_proxy: 'http://p:1' }, { ...none, influx: 'p:1' }],
    ['HTTP_PROXY, which anyone can set in a CGI program', { HTTP_PROXY: 'http://p:1' }, none],
    ['https_proxy', { https_proxy: 'http://p:1' }, { ...none, otlp: 'p:1', collector: 'p:1' }],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://p:1' }, { ...none, otlp: 'p:1', collector: 'p:1' }],
    ['all_proxy', { all_proxy: 'http://p:1' }, { influx: 'p:1', otlp: 'p:1', collector: 'p:1' }],
    ['ALL_PROXY', { ALL_PROXY: 'p:1' }, { influx: 'p:1', otlp: 'p:1', collector: 'p:1' }],
    [
      'several',
      { all_proxy: 'p:1', ALL_PROXY: 'p:2', http_proxy: 'p:3', https_proxy: 'p:4', HTTPS_PROXY: 'p:5' },
      { influx: 'p:3', otlp: 'p:4', collector: 'p:4' },
    ],
    [
      'an empty variable',
      { http_proxy: ' ', all_proxy: 'p:1', https_proxy: '' },
      { influx: 'p:1', otlp: 'p:1', collector: 'p:1' },
    ],
    ['no_proxy', { all_proxy: 'p:1', no_proxy: 'influx.example.com' }, { influx: null, otlp: 'p:1', collector: 'p:1' }],
    ['NO_PROXY', { all_proxy: 'p:1', NO_PROXY: 'example.com' }, { influx: null, otlp: null, collector: 'p:1' }],
    [
      'no_proxy with a port',
      { all_proxy: 'p:1', no_proxy: '*.example.com:443' },
      { influx: 'p:1', otlp: null, collector: 'p:1' },
    ],
  ])('says which proxy is used: %s', (_what, env, expected) => {
    expect(proxiesIn(all, env)).toEqual(expected);
    expect(warningsOf({ files: { '/x.ini': all }, env })).toEqual([]);
  });

  test('says nothing where a key is set', () => {
    const env = { all_proxy: 'p:1' };
    const text = `${influx}proxy = none\n${otlp}proxy = http://q:2\n${collector}proxy = None`;
    expect(proxiesIn(text, env)).toEqual({ influx: null, otlp: 'q:2', collector: null });
  });

  test('says nothing about loopback addresses', () => {
    const text = '[sink:influx]\nurl = http://127.0.0.1:8086\ndatabase = d\n[sink:otlp]\nurl = http://[::1]:4318';
    expect(proxiesIn(text, { all_proxy: 'p:1' })).toMatchObject({ influx: null, otlp: null });
  });

  test('with a proxy of another kind is warned about once, without its login, and not used', () => {
    const env = { all_proxy: `socks5://ann:${secrets.password}@p:1` };
    const warnings = warningsOf({ files: { '/x.ini': all }, env });
    expect(warnings).toEqual([
      'the environment variable all_proxy is ignored: "socks5://…@p:1" is not the address of an HTTP proxy; ' +
        'expected http://HOST:PORT, http://USER:PASSWORD@HOST:PORT or none, or write a key proxy',
    ]);
    expect(secretIn(warnings.join())).toBeNull();
    expect(proxiesIn(all, env)).toEqual(none);
    expect(warningsOf({ files: { '/x.ini': '[agent]\nhostname = a' }, env })).toEqual([]);
  });

  test('is where a login may come from, and messages name it', () => {
    expect(configOf({ files: { '/x.ini': influx }, env: { http_proxy: 'ann:pw@p:1' } }).sinks.influx?.proxy).toEqual({
      host: 'p',
      port: 1,
      login: { username: 'ann', password: 'pw' },
      origin: 'the environment variable http_proxy',
    });
  });
});

test('compression is none or gzip', () => {
  const sinks = (text: string) => configOf({ files: { '/x.ini': text } }).sinks;
  expect(sinks(influx).influx?.compression).toBe('none');
  expect(sinks(`${otlp}compression = gzip`).otlp?.compression).toBe('gzip');
  expect(problemsOf({ files: { '/x.ini': `${otlp}compression = zstd` } })).toEqual([
    '/x.ini:3: compression: "zstd" is not a compression that the agent knows; expected none or gzip',
  ]);
});
