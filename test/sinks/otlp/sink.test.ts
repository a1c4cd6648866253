import { afterEach, expect, test } from 'vitest';
import { fakeHttpServer } from '../../helpers/fake-http-server.ts';
import { parseOtlpRequest } from '../../helpers/otlp-request.ts';
import { secrets } from '../../helpers/secrets.ts';
import { otlpSink, someSamples } from '../set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(
  settings: Parameters<typeof otlpSink>[1] = {},
  options: Parameters<typeof fakeHttpServer>[0] = {},
  path = '/v1/metrics',
) {
  const server = await fakeHttpServer(options);
  const made = otlpSink(`${server.url}${path}`, settings);
  closers.push(server.close, made.sink.close);
  return Object.assign(made, { server });
}

test('a delivery posts JSON with the configured headers, to the address as it is', async () => {
  const { sink, server } = await setUp({
    headers: { authorization: `Bearer ${secrets.token}`, 'content-type': 'text/html' },
  });
  server.reply({ status: 200, body: '{}' });
  expect(await sink.deliver(someSamples(2))).toEqual({ kind: 'accepted', confirmed: true });
  expect(server.requests).toMatchObject([
    {
      method: 'POST',
      path: '/v1/metrics',
      headers: {
        authorization: `Bearer ${secrets.token}`,
        'content-type': 'application/json',
        'user-agent': 'instrument_server/2.0.0',
      },
    },
  ]);
  expect(parseOtlpRequest(server.requests[0]?.body ?? '')).toEqual({
    resource: { 'host.name': 'host', 'service.name': 'checks' },
    scope: { name: 'instrument_server', version: '2.0.0' },
    described: [],
    gauges: [
      { name: 'plugin.m0', value: 0, atNs: 1_700_000_000_000_000_000n },
      { name: 'plugin.m1', value: 1, atNs: 1_700_000_001_000_000_000n },
    ],
  });
});

test('data points that were rejected are dropped, the others have arrived', async () => {
  const { sink, server } = await setUp();
  server.reply({ status: 200, body: '{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}' });
  expect(await sink.deliver(someSamples(5))).toEqual({
    kind: 'dropped',
    samples: 2,
    detail: `${server.url}/v1/metrics answered 200 and rejected data points ("too old")`,
  });
});

test('a server that refuses the headers: no sentence holds them, nor a part of them', async () => {
  const { sink, server, events } = await setUp({
    headers: { authorization: `Bearer ${secrets.token}`, 'x-team': 'red' },
  });
  server.reply({
    status: 403,
    body: `{"message":"${secrets.token} of Bearer ${secrets.token} may not write for red"}`,
  });
  const delivery = await sink.deliver(someSamples(1));
  expect(delivery).toEqual({
    kind: 'returned',
    trouble: {
      kind: 'refused',
      commands: [],
      sentence: `${server.url}/v1/metrics answered 403 ("*** of *** may not write for ***"); correct the headers from /etc/x.ini:7, or its permissions on the server`,
    },
    mayHaveArrived: false,
  });
  expect(JSON.stringify([delivery, events])).not.toContain(secrets.token);
  expect(JSON.stringify([delivery, events])).not.toMatch(/\bred\b/);
});

test.each([
  ['/v1/metrics', 'correct url in [sink:otlp]'],
  ['/otlp', 'correct url in [sink:otlp] (/v1/metrics is added only to a URL without a path)'],
])('a wrong address that ends in %s loses nothing: %s', async (path, advice) => {
  const { sink, server } = await setUp({}, {}, path);
  server.reply({ status: 404, body: '404 page not found\n' });
  expect(await sink.deliver(someSamples(1))).toMatchObject({
    trouble: {
      kind: 'refused',
      commands: [],
      sentence: `${server.url}${path} answered 404 ("404 page not found"); ${advice}`,
    },
  });
});

test('a web page in place of an answer loses nothing', async () => {
  const { sink, server } = await setUp();
  server.reply({ status: 200, body: '<!doctype html><title>Sign in</title>' });
  expect(await sink.deliver(someSamples(1))).toMatchObject({ kind: 'returned', trouble: { kind: 'refused' } });
});

test('a batch that is too large goes in smaller requests', async () => {
  const { sink, server } = await setUp();
  server.reply(({ body }) => ({ status: parseOtlpRequest(body).gauges.length > 2 ? 413 : 200 }));
  expect(await sink.deliver(someSamples(5))).toEqual({ kind: 'accepted', confirmed: true });
  const arrived = server.accepted.map(({ body }) => parseOtlpRequest(body).gauges.map(({ value }) => value));
  expect(arrived).toEqual([[0, 1], [2, 3], [4]]);
});

test.each([
  ['the headers', { authorization: `Bearer ${secrets.token}` }],
  ['the samples', {}],
])('a certificate that is not verified is reported, and that %s could be read', async (secret, headers) => {
  const { sink, events } = await setUp({ headers, tls: { caFile: null, verify: false } }, { tls: 'unknown' });
  await sink.deliver(someSamples(1));
  const told = events.filter(({ event }) => event === 'sink.unverified');
  expect(told).toEqual([
    { event: 'sink.unverified', sink: 'otlp', detail: expect.stringContaining(`can read ${secret};`) },
  ]);
});
