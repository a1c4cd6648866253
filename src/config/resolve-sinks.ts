import type { Config, GraphiteSettings, InfluxSettings, OtlpSettings, TlsSettings } from '../model/config.ts';
import type { Problem } from './problem.ts';
import type { Setting } from './setting.ts';
import { sinkSettings as rows } from './sink-settings.ts';

/** A value and where it came from, in words; null: not given. */
type TakenSinkValues<Value> = { readonly value: Value; readonly origin: string } | null;

/** What was given for a row. What is wrong with it is told, so each row is taken once. */
type TakeValue = <Value>(row: Setting<Value>) => TakenSinkValues<Value>;

/** What the sinks' sections are read with. */
export type SinkSource = {
  readonly take: TakeValue;
  /** Where a section stands first, `file:line`; null: nowhere. */
  readonly sectionAt: (section: string) => string | null;
  /** Whether one of `keys` may be on a line of the section that could not be read: then it is not missing for certain. */
  readonly mayHold: (section: string, keys: readonly string[]) => boolean;
  readonly onProblem: (problem: Problem) => void;
};

/** A section on its way in. `complain` tells what is wrong with it as a whole; `lacking`: the keys of which one has to be there. */
type Reader = {
  readonly take: TakeValue;
  complain(wrong: string, expected: string, lacking?: readonly string[]): void;
};

/**
 * The sinks whose sections are there. All that is missing in them or does not go together is told to `onProblem`; one that lacks what it
 * can't be without is null. Never throws.
 */
export function resolveSinks({ take, sectionAt, mayHold, onProblem }: SinkSource): Config['sinks'] {
  function sink<Settings>(section: string, read: (reader: Reader) => Settings | null): Settings | null {
    const where = sectionAt(section);
    if (where === null) return null;
    const complain: Reader['complain'] = (wrong, expected, lacking = []) => {
      if (!mayHold(section, lacking)) onProblem({ where, key: null, wrong: `[${section}] ${wrong}`, expected });
    };
    return read({ take, complain });
  }
  return {
    graphite: sink('sink:graphite', readGraphite),
    influx: sink('sink:influx', readInflux),
    otlp: sink('sink:otlp', readOtlp),
  };
}

// Each of these takes every row, whatever is wrong with the others, so that all problems come at once.

function readGraphite(reader: Reader): GraphiteSettings | null {
  const address = reader.take(rows.graphiteAddress)?.value ?? null;
  if (address === null) reader.complain('has no address', 'expected address = HOST[:PORT]', ['address']);
  const isPlain = address !== null && !address.tls;
  const tls = readTls(
    reader,
    rows.graphiteTlsCa,
    rows.graphiteTlsVerify,
    isPlain ? { key: 'address', secure: 'tls://HOST:PORT' } : null,
  );
  return address && { address, tls };
}

function readInflux(reader: Reader): InfluxSettings | null {
  const { take, complain } = reader;
  const url = readUrl(reader, rows.influxUrl);
  const base = url?.replace(/(\/api\/v2)?\/write$/, '') ?? null;
  if (base !== url) complain('has a url that ends in /write, which the agent adds itself', `expected url = ${base}`);
  const [database, bucket, org] = [take(rows.influxDatabase), take(rows.influxBucket), take(rows.influxOrg)];
  const each = 'expected database = NAME for an InfluxDB 1, or bucket = NAME and org = NAME for an InfluxDB 2';
  if (database && bucket) complain(`has both ${from('database', database)} and ${from('bucket', bucket)}`, each);
  else if (database && org)
    complain(`has an ${from('org', org)} but no bucket`, 'expected bucket = NAME, or no org', ['bucket']);
  else if (!database && !bucket) complain('has neither database nor bucket', each, ['database', 'bucket']);
  const login = readLogin(reader);
  const tls = readTls(reader, rows.influxTlsCa, rows.influxTlsVerify, plainUrl(url));
  if (url === null) return null;
  if (bucket) return { url, into: { kind: 'bucket', bucket: bucket.value, org: org?.value ?? null }, login, tls };
  return database && { url, into: { kind: 'database', database: database.value }, login, tls };
}

function readLogin({ take, complain }: Reader): InfluxSettings['login'] {
  const [token, username, password] = [take(rows.influxToken), take(rows.influxUsername), take(rows.influxPassword)];
  const named = username ? from('username', username) : password && from('password', password);
  const lacking = username ? 'password' : 'username';
  if (token && named) complain(`has both a ${from('token', token)} and a ${named}`, 'expected one of them');
  else if (named && !(username && password))
    complain(`has a ${named} without a ${lacking}`, 'expected both, or a token', [lacking]);
  if (token) return { kind: 'token', token: token.value, origin: token.origin };
  if (username && password)
    return { kind: 'password', username: username.value, password: password.value, origin: password.origin };
  return { kind: 'none' };
}

function readOtlp(reader: Reader): OtlpSettings | null {
  const url = readUrl(reader, rows.otlpUrl);
  const headers = reader.take(rows.otlpHeaders);
  const serviceName = reader.take(rows.otlpServiceName)?.value ?? rows.otlpServiceName.default;
  const tls = readTls(reader, rows.otlpTlsCa, rows.otlpTlsVerify, plainUrl(url));
  if (url === null) return null;
  return {
    url: new URL(url).pathname === '/' ? `${url}/v1/metrics` : url,
    headers: headers?.value ?? {},
    headersOrigin: headers?.origin ?? null,
    serviceName,
    tls,
  };
}

function readUrl({ take, complain }: Reader, row: Setting<string>): string | null {
  const url = take(row)?.value ?? null;
  if (url === null) complain('has no url', 'expected url = http://HOST:PORT', ['url']);
  return url;
}

/** The key of an address without TLS, and what one with it looks like. */
type PlainAddress = { readonly key: string; readonly secure: string };

function plainUrl(url: string | null): PlainAddress | null {
  return url?.startsWith('http:') ? { key: 'url', secure: 'https://…' } : null;
}

/** How certificates are verified. Where the address is `plain` there are none, and whoever configures that expects TLS. */
function readTls(
  { take, complain }: Reader,
  ca: Setting<string>,
  verify: Setting<boolean>,
  plain: PlainAddress | null,
): TlsSettings {
  const [caFile, isVerified] = [take(ca), take(verify)];
  const given = [caFile && from(ca.key, caFile), isVerified && from(verify.key, isVerified)].filter(
    (text) => text !== null,
  );
  if (plain && given.length > 0)
    complain(
      `has ${given.join(' and ')}, but its ${plain.key} is without TLS`,
      `expected ${plain.key} = ${plain.secure}, or neither tls_ca nor tls_verify`,
    );
  return { caFile: caFile?.value ?? null, verify: isVerified?.value ?? true };
}

/** A key as a message about two of them names it: they may stand in different files. */
function from(key: string, { origin }: { readonly origin: string }): string {
  return `${key} (${origin})`;
}
