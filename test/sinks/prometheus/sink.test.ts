import { afterEach, describe, expect, test } from 'vitest';
import { type FakeRequest, fakeHttpServer } from '../../helpers/fake-http-server.ts';
import { parseRemoteWrite } from '../../helpers/remote-write-request.ts';
import { secrets } from '../../helpers/secrets.ts';
import { prometheusSink, someSamples } from '../set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(
  settings: Parameters<typeof prometheusSink>[1] = {},
  options: Parameters<typeof fakeHttpServer>[0] = {},
  path = '/api/v1/write',
) {
  const server = await fakeHttpServer(options);
  const made = prometheusSink(`${server.url}${path}`, settings);
  closers.push(server.close, made.sink.close);
  return Object.assign(made, { server });
}

/** The values of the samples in a request. */
function valuesIn({ bytes, headers }: FakeRequest): readonly number[] {
  return parseRemoteWrite(bytes, headers['content-type']).flatMap(({ samples }) => samples.map(({ value }) => value));
}

const v1 = 'application/x-protobuf';
const v2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const accepted = { kind: 'accepted', confirmed: true };
const written = (samples: number) => ({ 'x-prometheus-remote-write-samples-written': String(samples) });

test('a delivery posts what the protocol prescribes, whatever headers are configured', async () => {
  const headers = { 'x-scope-orgid': 'team', 'user-agent': 'x', 'x-prometheus-remote-write-version': '9' };
  const { sink, server } = await setUp({ headers, headersOrigin: '/etc/x.ini:8' });
  expect(await sink.deliver(someSamples(2))).toEqual(accepted);
  expect(server.requests).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/write',
      headers: {
        authorization: `Bearer ${secrets.token}`,
        'content-encoding': 'snappy',
        'content-type': v1,
        'user-agent': 'instrument_server/2.0.0',
        'x-prometheus-remote-write-version': '0.1.0',
        'x-scope-orgid': 'team',
      },
    },
  ]);
  expect(server.requests.map(valuesIn)).toEqual([[0, 1]]);
});

test.each([
  [
    'a password',
    { kind: 'password', username: 'ann', password: secrets.password, origin: '/etc/x.ini:7' } as const,
    { authorization: `Basic ${Buffer.from(`ann:${secrets.password}`).toString('base64')}` },
    'correct the password from /etc/x.ini:7, or its permissions on the server',
  ],
  [
    'a header',
    { kind: 'none' } as const,
    { authorization: `Custom ${secrets.token}` },
    'correct the headers from /etc/x.ini:8, or its permissions on the server',
  ],
])('a login by %s is sent, and its refusal names it without what is secret', async (_what, login, sent, remedy) => {
  const headers = login.kind === 'none' ? { authorization: `Custom ${secrets.token}` } : {};
  const { sink, server, events } = await setUp({ login, headers, headersOrigin: '/etc/x.ini:8' });
  server.reply(({ headers: got }) => ({ status: 401, body: `${got.authorization} is wrong` }));
  const delivery = await sink.deliver(someSamples(1));
  expect(server.requests).toMatchObject([{ headers: sent }]);
  expect(delivery).toMatchObject({ trouble: { kind: 'refused', sentence: expect.stringContaining(remedy) } });
  const told = JSON.stringify([delivery, events]);
  for (const secret of [secrets.token, secrets.password]) expect(told).not.toContain(secret);
});

test('without a login, a refusal says that none is configured', async () => {
  const { sink, server } = await setUp({ login: { kind: 'none' } });
  server.reply({ status: 401 });
  expect(await sink.deliver(someSamples(1))).toMatchObject({
    trouble: { sentence: expect.stringContaining('it requires a login, and none is configured') },
  });
});

test.each([
  ['/api/v1/write', 'correct url in [sink:prometheus]'],
  ['/push', 'correct url in [sink:prometheus] (/api/v1/write is added only to a URL without a path)'],
])('a wrong address that ends in %s loses nothing: %s', async (path, advice) => {
  const { sink, server } = await setUp({}, {}, path);
  server.reply({ status: 404, body: 'not found' });
  const sentence = `${server.url}${path} answered 404 ("not found"); ${advice}`;
  expect(await sink.deliver(someSamples(1))).toMatchObject({ trouble: { kind: 'refused', sentence } });
});

test.each([
  ['the token', {}],
  ['the headers', { login: { kind: 'none' }, headers: { a: 'b' } } as const],
  ['the samples', { login: { kind: 'none' } } as const],
])('a certificate that is not verified is reported, and that %s could be read', async (secret, settings) => {
  const { sink, events } = await setUp({ ...settings, tls: { caFile: null, verify: false } }, { tls: 'unknown' });
  await sink.deliver(someSamples(1));
  expect(events.filter(({ event }) => event === 'sink.unverified')).toMatchObject([
    { sink: 'prometheus', detail: expect.stringContaining(`can read ${secret};`) },
  ]);
});

test('samples that the server refuses are dropped alone, though it takes back whole requests', async () => {
  const { sink, server } = await setUp();
  const late = new Set([17, 900, 901, 4999]);
  server.reply((request) =>
    valuesIn(request).some((value) => late.has(value)) ? { status: 400, body: 'out of order sample' } : { status: 204 },
  );
  expect(await sink.deliver(someSamples(5000))).toMatchObject({ kind: 'dropped', samples: 4 });
  expect(server.accepted.flatMap(valuesIn)).toEqual(
    someSamples(5000).flatMap(({ value }) => (late.has(value) ? [] : [value])),
  );
});

test('a server that refuses every request with 400 costs a few requests, and loses nothing', async () => {
  const { sink, server } = await setUp();
  server.reply({ status: 400, body: 'snappy: corrupt input' });
  expect(await sink.deliver(someSamples(5000))).toMatchObject({ kind: 'returned', trouble: { kind: 'refused' } });
  expect(server.requests.length).toBeLessThan(20);
});

describe('version 2.0', () => {
  test('is used by a server that speaks it, which says how many samples it refused', async () => {
    const { sink, server } = await setUp({ version: '2.0' });
    server.reply({ status: 204, headers: written(3) });
    expect(await sink.deliver(someSamples(3))).toEqual(accepted);
    server.reply({ status: 400, headers: written(2), body: 'out of order sample' });
    expect(await sink.deliver(someSamples(3))).toMatchObject({ kind: 'dropped', samples: 1 });
    expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([v2, v2]);
    expect(server.requests[0]?.headers).toMatchObject({ 'x-prometheus-remote-write-version': '2.0.0' });
    expect(server.requests.map(valuesIn)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  test.each([
    ['415', { status: 415 }],
    ['400', { status: 400 }],
    ['a success that counts no samples', { status: 204 }],
  ])('is given up for a server that answers it with %s: that gets everything by 1.0', async (_what, reply) => {
    const { sink, server } = await setUp({ version: '2.0' });
    server.reply(({ headers }) => (headers['content-type'] === v2 ? reply : { status: 204 }));
    expect(await sink.deliver(someSamples(3))).toEqual(accepted);
    expect(await sink.deliver(someSamples(1, 3))).toEqual(accepted);
    expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([v2, v1, v1]);
    expect(server.requests.slice(1).map(valuesIn)).toEqual([[0, 1, 2], [3]]);
  });

  test('is kept while the server is away', async () => {
    const { sink, server } = await setUp({ version: '2.0' });
    for (const reply of ['reset', { status: 503 }] as const) {
      server.reply(reply);
      expect(await sink.deliver(someSamples(1))).toMatchObject({ kind: 'returned' });
    }
    server.reply({ status: 204, headers: written(1) });
    expect(await sink.deliver(someSamples(1))).toEqual(accepted);
    expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([v2, v2, v2]);
  });
});
