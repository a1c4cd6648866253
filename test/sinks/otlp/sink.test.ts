import { afterEach, describe, expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import { type FakeRequest, fakeHttpServer } from '../../helpers/fake-http-server.ts';
import { jsonOfOtlpProtobuf, otlpResponse, rpcStatus } from '../../helpers/otlp-protobuf.ts';
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

describe('in protobuf', () => {
  const counter = (atS: number, value: number): Sample => ({
    metric: metricName('host.disks.reads.device.sda'),
    value,
    atS: unixSeconds(atS),
    series: { family: 'reads', labels: [['device', 'sda']], kind: 'counter', unit: 'bytes' },
  });

  async function setUpProtobuf() {
    const made = await setUp({ encoding: 'protobuf' });
    made.server.reply({ status: 200, body: otlpResponse() });
    return made;
  }

  /** The counters that arrived: for each request, value and start of its points. */
  function startsIn(requests: readonly FakeRequest[]) {
    const points = requests.map(({ bytes }) => parseOtlpRequest(jsonOfOtlpProtobuf(bytes)).described);
    return points.map((each) => each.map(({ value, startNs = -1n }) => [value, Number(startNs / 1_000_000_000n)]));
  }

  test('a delivery posts bytes that say the same as JSON, and says so in its header', async () => {
    const { sink, server, events } = await setUpProtobuf();
    expect(await sink.deliver(someSamples(2))).toEqual({ kind: 'accepted', confirmed: true });
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/metrics',
        headers: {
          authorization: `Bearer ${secrets.token}`,
          'content-type': 'application/x-protobuf',
          'user-agent': 'instrument_server/2.0.0',
        },
      },
    ]);
    const [arrived] = server.requests;
    expect(parseOtlpRequest(jsonOfOtlpProtobuf(arrived?.bytes ?? Buffer.of()))).toEqual({
      resource: { 'host.name': 'host', 'service.name': 'checks' },
      scope: { name: 'instrument_server', version: '2.0.0' },
      described: [],
      gauges: [
        { name: 'plugin.m0', value: 0, atNs: 1_700_000_000_000_000_000n },
        { name: 'plugin.m1', value: 1, atNs: 1_700_000_001_000_000_000n },
      ],
    });
    const bytes = arrived?.bytes.length;
    expect(events).toContainEqual({
      event: 'wire.sent',
      sink: 'otlp',
      line: `POST ${server.url}/v1/metrics: 2 samples in ${bytes} bytes`,
    });
  });

  test('points that were rejected are dropped in the words of the server, the others have arrived', async () => {
    const { sink, server } = await setUpProtobuf();
    server.reply({ status: 200, body: otlpResponse({ rejectedDataPoints: 2, errorMessage: 'too old' }) });
    expect(await sink.deliver(someSamples(5))).toEqual({
      kind: 'dropped',
      samples: 2,
      detail: `${server.url}/v1/metrics answered 200 and rejected data points ("too old")`,
    });
  });

  test('a counter keeps its start from batch to batch, through an outage too, until it begins again', async () => {
    const { sink, server } = await setUpProtobuf();
    await sink.deliver([counter(100, 5), counter(110, 6)]);
    for (const reply of ['reset', { status: 503, body: rpcStatus({ code: 14, message: 'full' }) }] as const) {
      server.reply(reply);
      expect(await sink.deliver([counter(120, 2), counter(130, 3)])).toMatchObject({ kind: 'returned' });
    }
    server.reply({ status: 200, body: otlpResponse() });
    await sink.deliver([counter(120, 2), counter(130, 3)]);
    await sink.deliver([counter(140, 4)]);
    const [first, lost, refused, again, last] = startsIn(server.requests);
    expect(first).toEqual([
      [5, 100],
      [6, 100],
    ]);
    expect(again).toEqual([
      [2, 110],
      [3, 110],
    ]);
    expect([lost, refused]).toEqual([again, again]);
    expect(server.requests[1]?.bytes).toEqual(server.requests[3]?.bytes);
    expect(last).toEqual([[4, 110]]);
  });

  test('a counter begins at the first sample that the server has taken', async () => {
    const { sink, server } = await setUpProtobuf();
    server.reply({ status: 400, body: rpcStatus({ message: 'too old' }) });
    expect(await sink.deliver([counter(100, 5), counter(110, 6)])).toMatchObject({ kind: 'dropped', samples: 2 });
    server.reply({ status: 200, body: otlpResponse({ rejectedDataPoints: 1 }) });
    expect(await sink.deliver([counter(120, 7), counter(130, 8)])).toMatchObject({ kind: 'dropped', samples: 1 });
    await sink.deliver([counter(140, 9)]);
    expect(startsIn(server.accepted).flat()).toEqual([
      [7, 120],
      [8, 120],
      [9, 120],
    ]);
  });

  test('a batch that is too large goes in smaller requests, and its counters keep their starts', async () => {
    const { sink, server } = await setUpProtobuf();
    server.reply((request) => ({ status: (startsIn([request])[0]?.length ?? 0) > 1 ? 413 : 200 }));
    const delivery = await sink.deliver([counter(100, 5), counter(110, 4), counter(120, 6)]);
    expect(delivery).toEqual({ kind: 'accepted', confirmed: true });
    expect(startsIn(server.accepted)).toEqual([[[5, 100]], [[4, 100]], [[6, 100]]]);
  });

  test('the message of a server that fails or refuses is shown as text, without a secret', async () => {
    const { sink, server } = await setUpProtobuf();
    server.reply({ status: 500, body: rpcStatus({ code: 13, message: `no\u0007 ${secrets.token}` }) });
    expect(await sink.deliver(someSamples(1))).toMatchObject({
      trouble: { kind: 'lost', sentence: `${server.url}/v1/metrics answered 500 ("no\\x07 ***")` },
    });
    server.reply({ status: 400, body: rpcStatus({ code: 3, message: 'bad data' }) });
    expect(await sink.deliver(someSamples(1))).toMatchObject({
      kind: 'dropped',
      samples: 1,
      detail: `${server.url}/v1/metrics answered 400 ("bad data")`,
    });
  });

  test.each([
    ['200', 'accepted'],
    ['400', 'dropped'],
    ['500', 'returned'],
  ])('bytes that mean nothing, with %s: the status decides, and the batch is %s', async (status, kind) => {
    const { sink, server } = await setUpProtobuf();
    server.reply({ status: Number(status), body: Buffer.from([0x0a, 0xff, 0x00, 0x80, 0x1b, 0x5b]) });
    const delivery = await sink.deliver(someSamples(1));
    expect(delivery).toMatchObject({ kind });
    expect(JSON.stringify(delivery)).not.toContain('\\u001b'); // no escape sequence for a terminal
  });

  test('a server that answers in JSON is understood', async () => {
    const { sink, server } = await setUpProtobuf();
    server.reply({ status: 200, body: '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"old"}}' });
    expect(await sink.deliver(someSamples(2))).toMatchObject({ kind: 'dropped', samples: 1 });
  });

  test('a server that accepts only the other encoding loses nothing, and the sentence says what to write', async () => {
    for (const [encoding, other] of [
      ['protobuf', 'json'],
      ['json', 'protobuf'],
    ] as const) {
      const { sink, server } = await setUp({ encoding });
      server.reply({ status: 415, body: rpcStatus({ message: 'unsupported' }) });
      const sent = encoding === 'json' ? 'JSON' : encoding;
      expect(await sink.deliver(someSamples(1))).toMatchObject({
        kind: 'returned',
        trouble: {
          kind: 'refused',
          sentence: `${server.url}/v1/metrics answered 415 ("unsupported"); if it does not accept ${sent}, write encoding = ${other} in [sink:otlp]`,
        },
      });
    }
  });
});
