import type {
  Config,
  GraphiteSettings,
  InfluxSettings,
  OtlpSettings,
  PrometheusSettings,
  SinkLogin,
  TlsSettings,
} from '../model/config.ts';
import { fixedValue } from './defaults.ts';
import type { Problem } from './problem.ts';
import type { Setting } from './setting.ts';
import { sinkSettings } from './sink-settings.ts';
import type { WrittenValue } from './written.ts';

/** Gives what was written for a row of a sink; null: nothing that can be read. */
type SinkKeyReader = <Value>(row: Setting<Value>) => WrittenValue<Value> | null;

/** What the sections of sinks are read with. */
type SinkDeps = {
  readonly valueFor: SinkKeyReader;
  /** The first line of a section, as `file:line`; null: there is no such section. */
  readonly sectionAt: (section: string) => string | null;
  /**
   * Whether one of `keys` may stand on a line of the section that could not be read. If so, it is
   * not certain that the key is missing.
   */
  readonly mayHold: (section: string, keys: readonly string[]) => boolean;
  readonly onProblem: (problem: Problem) => void;
};

/**
 * One section. `complain` reports a problem with the whole section; `lacking`: one of these keys
 * is missing.
 */
type SinkSection = {
  readonly valueFor: SinkKeyReader;
  complain(wrong: string, expected: string, lacking?: readonly string[]): void;
};

/**
 * Makes the settings of each sink that has a section. Calls `onProblem` for each key that is
 * missing and for keys that contradict each other. A sink without a section, or without a key that
 * it needs, is null. Never throws.
 */
export function resolveSinks({ valueFor, sectionAt, mayHold, onProblem }: SinkDeps): Config['sinks'] {
  function sink<Settings>(name: string, read: (section: SinkSection) => Settings | null): Settings | null {
    const where = sectionAt(name);
    if (where === null) return null;
    const complain: SinkSection['complain'] = (wrong, expected, lacking = []) => {
      if (!mayHold(name, lacking)) onProblem({ where, key: null, wrong: `[${name}] ${wrong}`, expected });
    };
    return read({ valueFor, complain });
  }
  return {
    graphite: sink('sink:graphite', readGraphite),
    influx: sink('sink:influx', readInflux),
    otlp: sink('sink:otlp', readOtlp),
    prometheus: sink('sink:prometheus', readPrometheus),
  };
}

/**
 * The settings of the sinks without what is not a change: the places where secrets were written.
 */
export function comparedSinks({
  graphite,
  influx,
  otlp,
  prometheus,
}: Config['sinks']): Readonly<Record<string, unknown>> {
  return {
    graphite,
    influx: influx && { ...influx, login: { ...influx.login, origin: null } },
    otlp: otlp && { ...otlp, headersOrigin: null },
    prometheus: prometheus && { ...prometheus, login: { ...prometheus.login, origin: null }, headersOrigin: null },
  };
}

function readGraphite(section: SinkSection): GraphiteSettings | null {
  const rows = sinkSettings.graphite;
  const address = section.valueFor(rows.address)?.value ?? null;
  if (address === null) section.complain('has no address', 'expected address = HOST[:PORT]', ['address']);
  const isPlain = address !== null && !address.tls;
  const tls = readTls(section, rows, isPlain ? { key: 'address', secure: 'tls://HOST:PORT' } : null);
  return address && { address, tls };
}

function readInflux(section: SinkSection): InfluxSettings | null {
  const { valueFor, complain } = section;
  const rows = sinkSettings.influx;
  const url = readUrl(section, rows.url);
  const base = url?.replace(/(\/api\/v2)?\/write$/, '') ?? null;
  if (base !== url) complain('has a url that ends in /write, which the agent adds itself', `expected url = ${base}`);
  const [database, bucket, org] = [valueFor(rows.database), valueFor(rows.bucket), valueFor(rows.org)];
  const each = 'expected database = NAME for an InfluxDB 1, or bucket = NAME and org = NAME for an InfluxDB 2';
  if (database && bucket) complain(`has both ${from('database', database)} and ${from('bucket', bucket)}`, each);
  else if (database && org)
    complain(`has an ${from('org', org)} but no bucket`, 'expected bucket = NAME, or no org', ['bucket']);
  else if (!database && !bucket) complain('has neither database nor bucket', each, ['database', 'bucket']);
  const login = readLogin(section, rows);
  const tls = readTls(section, rows, plainUrl(url));
  if (url === null) return null;
  if (bucket) return { url, into: { kind: 'bucket', bucket: bucket.value, org: org?.value ?? null }, login, tls };
  return database && { url, into: { kind: 'database', database: database.value }, login, tls };
}

/** The keys of a login. */
type LoginRows = Pick<typeof sinkSettings.influx, 'token' | 'username' | 'password'>;

function readLogin({ valueFor, complain }: SinkSection, rows: LoginRows): SinkLogin {
  const [token, username, password] = [valueFor(rows.token), valueFor(rows.username), valueFor(rows.password)];
  const named = username ? from('username', username) : password && from('password', password);
  const lacking = username ? 'password' : 'username';
  if (token && named) complain(`has both a ${from('token', token)} and a ${named}`, 'expected one of them');
  else if (named && !(username && password))
    complain(`has a ${named} without a ${lacking}`, 'expected both, or a token', [lacking]);
  if (token) return { kind: 'token', token: token.value, origin: originOf(token) };
  if (username && password)
    return { kind: 'password', username: username.value, password: password.value, origin: originOf(password) };
  return { kind: 'none' };
}

function readOtlp(section: SinkSection): OtlpSettings | null {
  const rows = sinkSettings.otlp;
  const url = readUrl(section, rows.url);
  const headers = section.valueFor(rows.headers);
  const serviceName = section.valueFor(rows.serviceName)?.value ?? fixedValue(rows.serviceName.default);
  const tls = readTls(section, rows, plainUrl(url));
  if (url === null) return null;
  return {
    url: new URL(url).pathname === '/' ? `${url}/v1/metrics` : url,
    headers: headers?.value ?? {},
    headersOrigin: headers && originOf(headers),
    serviceName,
    tls,
  };
}

function readPrometheus(section: SinkSection): PrometheusSettings | null {
  const rows = sinkSettings.prometheus;
  const url = readUrl(section, rows.url);
  const version = section.valueFor(rows.version)?.value ?? fixedValue(rows.version.default);
  const login = readLogin(section, rows);
  const headers = section.valueFor(rows.headers);
  const tls = readTls(section, rows, plainUrl(url));
  if (url === null) return null;
  return {
    url: new URL(url).pathname === '/' ? `${url}/api/v1/write` : url,
    version,
    login,
    headers: headers?.value ?? {},
    headersOrigin: headers && originOf(headers),
    tls,
  };
}

function readUrl({ valueFor, complain }: SinkSection, row: Setting<string>): string | null {
  const url = valueFor(row)?.value ?? null;
  if (url === null) complain('has no url', 'expected url = http://HOST:PORT', ['url']);
  return url;
}

/** The key of an address without TLS, and the form of one with TLS. */
type PlainAddress = { readonly key: string; readonly secure: string };

function plainUrl(url: string | null): PlainAddress | null {
  return url?.startsWith('http:') ? { key: 'url', secure: 'https://…' } : null;
}

/**
 * How certificates are verified. An address that is `plain` has none: then a key about them is a
 * mistake, because the user expects TLS.
 */
function readTls(
  { valueFor, complain }: SinkSection,
  rows: { readonly tlsCa: Setting<string>; readonly tlsVerify: Setting<boolean, boolean> },
  plain: PlainAddress | null,
): TlsSettings {
  const [caFile, verify] = [valueFor(rows.tlsCa), valueFor(rows.tlsVerify)];
  const named = [caFile && from('tls_ca', caFile), verify && from('tls_verify', verify)].filter(
    (text) => text !== null,
  );
  if (plain && named.length > 0)
    complain(
      `has ${named.join(' and ')}, but its ${plain.key} is without TLS`,
      `expected ${plain.key} = ${plain.secure}, or neither tls_ca nor tls_verify`,
    );
  return { caFile: caFile?.value ?? null, verify: verify?.value ?? fixedValue(rows.tlsVerify.default) };
}

/** A key with its place, in a message about two keys: they may stand in different files. */
function from(key: string, value: WrittenValue<unknown>): string {
  return `${key} (${originOf(value)})`;
}

function originOf({ written }: WrittenValue<unknown>): string {
  return written.context.origin;
}
