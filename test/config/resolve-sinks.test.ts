import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOf, problemsIn, problemsOf, warningsOf } from './set-up.ts';

/** The sinks of a file `/x.ini` with this text. */
function sinksIn(text: string) {
  return configOf({ files: { '/x.ini': text } }).sinks;
}

const influx = '[sink:influx]\nurl = http://i:8086\n';

describe('a sink', () => {
  test('is there once its section is, several at once', () => {
    const sinks = sinksIn(
      `[sink:graphite]\naddress = g\n[sink:otlp]\nurl = http://o\n[sink:prometheus]\nurl = http://p\n${influx}database = d`,
    );
    expect(Object.values(sinks)).not.toContain(null);
  });

  test('may be written in several files; a later file wins key by key', () => {
    const files = {
      '/a.ini': '[sink:influx]\nurl = http://i:8086\nbucket = b\ntoken = first',
      '/b.ini': '[sink:influx]\ntoken = second',
    };
    expect(configOf({ files }).sinks.influx).toMatchObject({
      url: 'http://i:8086',
      login: { kind: 'token', token: 'second', origin: '/b.ini:2' },
    });
  });

  test.each([
    ['database = d', { kind: 'database', database: 'd' }, { kind: 'none' }],
    ['bucket = b', { kind: 'bucket', bucket: 'b', org: null }, { kind: 'none' }],
    [
      'database = d\nusername = ann\npassword = "a b;c"',
      { kind: 'database', database: 'd' },
      { kind: 'password', username: 'ann', password: 'a b;c', origin: '/x.ini:5' },
    ],
    [
      'bucket = b\norg = o\ntoken = t',
      { kind: 'bucket', bucket: 'b', org: 'o' },
      { kind: 'token', token: 't', origin: '/x.ini:5' },
    ],
  ])('for InfluxDB is written to and logged in to as it says: %j', (text, into, login) => {
    expect(sinksIn(influx + text).influx).toMatchObject({ into, login });
  });

  test.each([
    ['http://o:4318', 'http://o:4318/v1/metrics'],
    ['http://o:4318/', 'http://o:4318/v1/metrics'],
    ['https://o/otlp/v1/metrics', 'https://o/otlp/v1/metrics'],
    ['https://o/api/otlp', 'https://o/api/otlp'],
  ])('for OTLP at %s posts to %s', (url, posted) => {
    expect(sinksIn(`[sink:otlp]\nurl = ${url}`).otlp?.url).toBe(posted);
  });
});

describe('remote write', () => {
  test.each([
    ['http://p:9090', 'http://p:9090/api/v1/write'],
    ['https://p/', 'https://p/api/v1/write'],
    ['https://p/api/v1/push', 'https://p/api/v1/push'],
  ])('to %s posts to %s', (url, posted) => {
    expect(sinksIn(`[sink:prometheus]\nurl = ${url}`).prometheus).toEqual({
      url: posted,
      version: '1.0',
      login: { kind: 'none' },
      headers: {},
      headersOrigin: null,
      tls: { caFile: null, verify: true },
    });
  });

  test('is logged in to, and has headers and the version, as it says', () => {
    const keys = 'version = 2.0\nusername = ann\npassword = p\nheaders = X-Scope-OrgID=team';
    expect(sinksIn(`[sink:prometheus]\nurl = http://p\n${keys}`).prometheus).toMatchObject({
      version: '2.0',
      login: { kind: 'password', username: 'ann', password: 'p', origin: '/x.ini:5' },
      headers: { 'x-scope-orgid': 'team' },
      headersOrigin: '/x.ini:6',
    });
  });
});

describe('problems', () => {
  const sinks = '[sink:graphite], [sink:influx], [sink:otlp], [sink:prometheus]';
  test.each([
    ['[graphite]', 'there is no section [graphite]; did you mean [sink:graphite]?'],
    ['[Sink:Graphite]', 'there is no section [Sink:Graphite]; did you mean [sink:graphite]?'],
    ['[sink graphite]', 'there is no section [sink graphite]; did you mean [sink:graphite]?'],
    ['[sinks.grafite]', 'there is no section [sinks.grafite]; did you mean [sink:graphite]?'],
    ['[sink:influxdb]', 'there is no section [sink:influxdb]; did you mean [sink:influx]?'],
    ['[influxdb]', 'there is no section [influxdb]; did you mean [sink:influx]?'],
    ['[sink:otel]', 'there is no section [sink:otel]; did you mean [sink:otlp]?'],
    ['[sink:]', `there is no section [sink:]; expected one of ${sinks}`],
    ['[sink]', `there is no section [sink]; expected one of ${sinks}`],
    ['[sink:datadog]', `there is no section [sink:datadog]; expected one of ${sinks}`],
  ])('%s', (text, problem) => {
    expect(problemsIn(text)).toEqual([`/x.ini:1: ${problem}`]);
  });

  test.each([
    ['[sink:graphite]', ':1: [sink:graphite] has no address; expected address = HOST[:PORT]'],
    ['[sink:influx]\ndatabase = d', ':1: [sink:influx] has no url; expected url = http://HOST:PORT'],
    ['[sink:otlp]', ':1: [sink:otlp] has no url; expected url = http://HOST:PORT'],
    [
      influx,
      ':1: [sink:influx] has neither database nor bucket; expected database = NAME for an InfluxDB 1, or bucket = NAME and org = NAME for an InfluxDB 2',
    ],
    [
      `${influx}database = d\nbucket = b`,
      ':1: [sink:influx] has both database (/x.ini:3) and bucket (/x.ini:4); expected database = NAME for an InfluxDB 1, or bucket = NAME and org = NAME for an InfluxDB 2',
    ],
    [
      `${influx}database = d\norg = o`,
      ':1: [sink:influx] has an org (/x.ini:4) but no bucket; expected bucket = NAME, or no org',
    ],
    [
      `${influx}database = d\nusername = ann`,
      ':1: [sink:influx] has a username (/x.ini:4) without a password; expected both, or a token',
    ],
    [
      `${influx}database = d\npassword = SECRET`,
      ':1: [sink:influx] has a password (/x.ini:4) without a username; expected both, or a token',
    ],
    [
      `${influx}database = d\ntoken = SECRET\nusername = ann\npassword = SECRET`,
      ':1: [sink:influx] has both a token (/x.ini:4) and a username (/x.ini:5); expected one of them',
    ],
    [
      `${influx}database = d\ntoken = SECRET\npassword = SECRET`,
      ':1: [sink:influx] has both a token (/x.ini:4) and a password (/x.ini:5); expected one of them',
    ],
    [
      `${influx}org = o`,
      ':1: [sink:influx] has neither database nor bucket; expected database = NAME for an InfluxDB 1, or bucket = NAME and org = NAME for an InfluxDB 2',
    ],
    [
      '[sink:influx]\nurl = http://v:8428/influx/api/v2/write\nbucket = b',
      ':1: [sink:influx] has a url that ends in /write, which the agent adds itself; expected url = http://v:8428/influx',
    ],
    [`${influx}database =`, ':3: database: the value is empty; expected a value; leave it out to use the default'],
    [
      `${influx}database = d\ntoken = SECRET\ntoken = SECRET`,
      ':5: token: is given twice in [sink:influx], on line 4 and on line 5; remove one of the two lines',
    ],
    [
      '[log]\nurl = http://i',
      ':2: url: there is no such key in [log]; it belongs under [sink:influx] or [sink:otlp] or [sink:prometheus]',
    ],
    ['[sink:prometheus]', ':1: [sink:prometheus] has no url; expected url = http://HOST:PORT'],
    [
      '[sink:prometheus]\nurl = http://p\nversion = 3',
      ':3: version: "3" is not a version of remote write; expected 1.0 or 2.0',
    ],
    [
      '[sink:prometheus]\nurl = http://p\ntoken = SECRET\nusername = ann',
      ':1: [sink:prometheus] has both a token (/x.ini:3) and a username (/x.ini:4); expected one of them',
    ],
    [
      '[sink:prometheus]\nurl = http://p\ntls_verify = no',
      ':1: [sink:prometheus] has tls_verify (/x.ini:3), but its url is without TLS; expected url = https://…, or neither tls_ca nor tls_verify',
    ],
    ['[sink:otlp]\nendpoint = http://o', ':2: endpoint: there is no such key in [sink:otlp]; did you mean url?'],
    ['[sink:graphite]\nhost = g', ':2: host: there is no such key in [sink:graphite]; did you mean address?'],
    ['[sink:graphite]\nurl = g', ':2: url: there is no such key in [sink:graphite]; did you mean address?'],
    [`${influx}DB = d`, ':3: DB: there is no such key in [sink:influx]; did you mean database?'],
    [
      `${influx}bucket = b\norganization = o`,
      ':4: organization: there is no such key in [sink:influx]; did you mean org?',
    ],
    [
      '[collector]\ntoken = SECRET',
      ':2: token: there is no such key in [collector]; it belongs under [sink:influx] or [sink:prometheus]',
    ],
  ])('%j', (text, problem) => {
    expect(problemsIn(text)).toEqual([`/x.ini${problem}`]);
  });

  test.each([
    ['[sink:graphite]\nadress = g', '/x.ini:2: adress: there is no such key in [sink:graphite]; did you mean address?'],
    ['[sink:graphite]\naddress: g', '/x.ini:2: address: is followed by `:`; expected `address = value`'],
    ['[sink:otlp]\nurl = localhost:4318', '/x.ini:2: url: "localhost:4318" does not begin with http:// or https://'],
  ])('a line that is wrong is not reported as missing as well: %j', (text, problem) => {
    expect(problemsIn(text)).toHaveLength(1);
    expect(problemsIn(text)[0]).toContain(problem);
  });

  test.each([
    [
      '[sink:graphite]\naddress = g\ntls_ca = ca.pem',
      'tls_ca (/x.ini:3), but its address',
      'address = tls://HOST:PORT',
    ],
    [`${influx}database = d\ntls_verify = yes`, 'tls_verify (/x.ini:4), but its url', 'url = https://…'],
    [
      '[sink:otlp]\ntls_verify = no\ntls_ca = ca.pem\nurl = http://o',
      'tls_ca (/x.ini:3) and tls_verify (/x.ini:2), but its url',
      'url = https://…',
    ],
  ])('a key about TLS is a problem if the address is without TLS: %j', (text, has, expected) => {
    const section = text.split('\n')[0];
    expect(problemsIn(text)).toEqual([
      `/x.ini:1: ${section} has ${has} is without TLS; expected ${expected}, or neither tls_ca nor tls_verify`,
    ]);
    const secure = text.replace('http:', 'https:').replace('= g', '= tls://g');
    expect(problemsIn(secure)).toEqual([]);
  });

  test('the two places of a conflict are named where they are in different files', () => {
    const files = {
      '/a.ini': '[sink:influx]\nurl = http://i\ndatabase = d\nusername = ann\npassword = SECRET',
      '/b.ini': '\n[sink:influx]\nbucket = b\ntoken = SECRET',
    };
    expect(problemsOf({ files })).toEqual([
      expect.stringContaining('/a.ini:1: [sink:influx] has both database (/a.ini:3) and bucket (/b.ini:3); '),
      expect.stringContaining('/a.ini:1: [sink:influx] has both a token (/b.ini:4) and a username (/a.ini:4); '),
    ]);
  });

  test.each([
    [
      '[sink:graphite]\ntls_verify = maybe',
      ['1: [sink:graphite] has no address', '2: tls_verify: "maybe" is neither true nor false'],
    ],
    [
      '[sink:otlp]\nheaders = SECRET\nservice_name =',
      ['1: [sink:otlp] has no url', '2: headers: header 1', '3: service_name: the value is empty'],
    ],
    [
      '[sink:influx]\nurl = http://i/write\ndatabase = d\norg = o\nusername = ann\ntls_ca = x\ntls_verify = maybe',
      [
        '1: [sink:influx] has a url that ends in /write',
        '1: [sink:influx] has an org (/x.ini:4) but no bucket',
        '1: [sink:influx] has a username (/x.ini:5) without a password',
        '1: [sink:influx] has tls_ca (/x.ini:6), but its url is without TLS',
        '7: tls_verify: "maybe" is neither true nor false',
      ],
    ],
    [
      '[sink:influx]\ntoken = "a b"\norg =',
      ['1: [sink:influx] has no url', '1: [sink:influx] has neither database nor bucket', '2: token: ', '3: org: '],
    ],
  ])('all problems of a sink are reported at once: %j', (text, problems) => {
    expect(problemsIn(text)).toEqual(problems.map((problem) => expect.stringContaining(`/x.ini:${problem}`)));
  });

  test('a key missing in one section is reported together with a problem in another', () => {
    expect(problemsIn('[sink:graphite]\n[agent]\nhostnam = a\n[sink:otlp]')).toHaveLength(3);
  });

  test('no token, password or header is shown in a problem or a warning, whatever it holds', () => {
    const odd = fc.constantFrom(' ', '\t', '\0', '"', '#', ';', '%', ',', '@', '=', ':', '');
    fc.assert(
      fc.property(odd, odd, (before, after) => {
        const secret = `${before}SECRET${after}`;
        const quoted = JSON.stringify(secret);
        const login = JSON.stringify(`http://${secret}@h`);
        const keys = [
          `token = ${secret}`,
          `password = ${secret}`,
          `headers = ${secret}`,
          `url = ${login}`,
          `address = ${login}`,
        ];
        const sections = ['sink:influx', 'sink:otlp', 'sink:graphite', 'collector'];
        const wrong = sections.flatMap((section) => [`[${section}]`, ...keys]);
        const right = `[sink:influx]\nurl = http://i\ndatabase = d\ntoken = ${quoted}\n[sink:otlp]\nurl = http://o\nheaders = ${quoted}`;
        const shown = [wrong.join('\n'), right].flatMap((text) => {
          const given = { files: { '/x.ini': text }, mode: 0o644 };
          return [...problemsOf(given), ...warningsOf(given)];
        });
        expect(shown.length).toBeGreaterThan(1);
        expect(shown.join()).not.toContain('SECRET');
      }),
    );
  });
});

describe('warnings', () => {
  test.each([
    ['token', `${influx}database = d\ntoken = abc`],
    ['password', `${influx}database = d\nusername = ann\npassword = abc`],
    ['headers', '[sink:otlp]\nurl = http://o\nheaders = a=b'],
  ])('a file that others can read is warned about if it holds %s', (key, text) => {
    expect(warningsOf({ files: { '/x.ini': text }, mode: 0o644 })).toEqual([
      `/x.ini holds ${key}, and its mode 0644 lets others read it: chmod 0600 '/x.ini'`,
    ]);
    expect(warningsOf({ files: { '/x.ini': text }, mode: 0o600 })).toEqual([]);
  });
});
