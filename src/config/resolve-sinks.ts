import type { Config, InfluxSettings } from '../model/config.ts';
import type { Problem } from './problem.ts';
import type { Setting } from './setting.ts';
import { sinkSettings as rows } from './sink-settings.ts';

/** What the sinks' sections are read with. */
export type SinkSource = {
  /** The value of a row and where it came from, in words; null: not given. */
  readonly take: <Value>(row: Setting<Value>) => { readonly value: Value; readonly origin: string } | null;
  /** Where a section stands first, `file:line`; null: nowhere. */
  readonly sectionAt: (section: string) => string | null;
  /** Whether something is wrong with a line of a section: then what seems to be missing may be on that line. */
  readonly hasProblem: (section: string) => boolean;
  readonly onProblem: (problem: Problem) => void;
};

/** The sinks whose sections are there. What is missing in one goes to `onProblem`, and the sink is left out. Never throws. */
export function resolveSinks({ take, sectionAt, hasProblem, onProblem }: SinkSource): Config['sinks'] {
  /** A section's settings, once all that it needs is there; null: it is not there, or has a problem. */
  function sink<Settings>(section: string, read: (missing: (wrong: string, expected: string) => null) => Settings | null): Settings | null {
    const where = sectionAt(section);
    return read((wrong, expected) => {
      if (where !== null && !hasProblem(section)) onProblem({ where, key: null, wrong: `[${section}] ${wrong}`, expected });
      return null;
    });
  }
  const text = (row: Setting<string>) => take(row)?.value ?? null;
  const tls = (ca: Setting<string>, verify: Setting<boolean>) => ({ caFile: text(ca), verify: take(verify)?.value ?? true });

  const graphite = sink('sink:graphite', (missing) => {
    const address = take(rows.graphiteAddress)?.value;
    if (!address) return missing('has no address', 'expected address = HOST[:PORT]');
    return { address, tls: tls(rows.graphiteTlsCa, rows.graphiteTlsVerify) };
  });
  const influx = sink('sink:influx', (missing): InfluxSettings | null => {
    const url = text(rows.influxUrl);
    if (url === null) return missing('has no url', 'expected url = http://HOST:PORT');
    const base = url.replace(/(\/api\/v2)?\/write$/, '');
    if (base !== url) return missing('has a url that ends in /write, which the agent adds itself', `expected url = ${base}`);
    const [database, bucket, org] = [text(rows.influxDatabase), text(rows.influxBucket), text(rows.influxOrg)];
    const [token, username, password] = [take(rows.influxToken), take(rows.influxUsername), take(rows.influxPassword)];
    if ((database === null) === (bucket === null))
      return missing(
        database === null ? 'has neither database nor bucket' : 'has both database and bucket',
        'expected database = NAME for an InfluxDB 1, or bucket = NAME and org = NAME for an InfluxDB 2',
      );
    if (org !== null && bucket === null) return missing('has an org but no bucket', 'expected bucket = NAME, or no org');
    if ((username === null) !== (password === null))
      return missing(`has a ${username ? 'username without a password' : 'password without a username'}`, 'expected both, or a token');
    if (token && username) return missing('has both a token and a username', 'expected one of them');
    return {
      url,
      into: bucket === null ? { kind: 'database', database: database ?? '' } : { kind: 'bucket', bucket, org },
      login: loginOf(token, username, password),
      tls: tls(rows.influxTlsCa, rows.influxTlsVerify),
    };
  });
  const otlp = sink('sink:otlp', (missing) => {
    const url = text(rows.otlpUrl);
    if (url === null) return missing('has no url', 'expected url = http://HOST:PORT');
    const headers = take(rows.otlpHeaders);
    return {
      url: new URL(url).pathname === '/' ? `${url}/v1/metrics` : url,
      headers: headers?.value ?? {},
      headersOrigin: headers?.origin ?? null,
      serviceName: text(rows.otlpServiceName) ?? rows.otlpServiceName.default,
      tls: tls(rows.otlpTlsCa, rows.otlpTlsVerify),
    };
  });
  return { graphite, influx, otlp };
}

type Given = { readonly value: string; readonly origin: string } | null;

function loginOf(token: Given, username: Given, password: Given): InfluxSettings['login'] {
  if (token) return { kind: 'token', token: token.value, origin: token.origin };
  if (username && password) return { kind: 'password', username: username.value, password: password.value, origin: password.origin };
  return { kind: 'none' };
}
