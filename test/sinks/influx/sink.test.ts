import { afterEach, describe, expect, test } from 'vitest';
import type { DeliveryResult } from '../../../src/model/sink.ts';
import { tlsFile } from '../../helpers/fake-collector.ts';
import { type FakeHttpServer, fakeHttpServer } from '../../helpers/fake-http-server.ts';
import { parseLineProtocol } from '../../helpers/line-protocol.ts';
import { secrets } from '../../helpers/secrets.ts';
import { turn } from '../../helpers/turns.ts';
import { influxSink, type SinkUnderTest, someSamples } from '../set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(
  settings: Parameters<typeof influxSink>[1] = {},
  options: Parameters<typeof fakeHttpServer>[0] = {},
): Promise<SinkUnderTest & { readonly server: FakeHttpServer }> {
  const server = await fakeHttpServer(options);
  const made = influxSink(server.url, settings);
  closers.push(server.close, made.sink.close);
  return Object.assign(made, { server });
}

const confirmed: DeliveryResult = { kind: 'accepted', confirmed: true };

/** The values that arrived, request by request: each sample's is its index. */
function values({ accepted }: FakeHttpServer): readonly (readonly number[])[] {
  return accepted.map(({ body }) => parseLineProtocol(body).map(({ value }) => value));
}

describe('a delivery', () => {
  test('posts lines with the login', async () => {
    const { sink, server } = await setUp();
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/write?db=x&precision=s',
        headers: {
          authorization: `Token ${secrets.token}`,
          'content-type': 'text/plain; charset=utf-8',
          'user-agent': 'instrument_server/2.0.0',
        },
        body: 'plugin.m0,host=host value=0 1700000000\nplugin.m1,host=host value=1 1700000001\n',
      },
    ]);
  });

  test.each([
    ['a user and a password', { kind: 'password', username: 'u', password: 'p', origin: 'x' }, 'Basic dTpw'],
    ['nothing', { kind: 'none' }, undefined],
  ] as const)('shows %s where that is configured', async (_what, login, header) => {
    const { sink, server } = await setUp({ login, into: { kind: 'bucket', bucket: 'b', org: 'o' } });
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(server.requests[0]?.path).toBe('/api/v2/write?bucket=b&org=o&precision=s');
    expect(server.requests[0]?.headers.authorization).toBe(header);
  });

  test('leaves no timer behind', async () => {
    const { sink, clock } = await setUp();
    await sink.deliver(someSamples(1));
    expect(clock.pending()).toBe(0);
  });

  test('is logged, with nothing secret in it', async () => {
    const { sink, server, events } = await setUp();
    server.reply({ status: 401, body: `{"error":"no such token: ${secrets.token}"}` });
    const delivery = await sink.deliver(someSamples(1));
    expect(events).toEqual([
      { event: 'wire.sent', sink: 'influx', line: `POST ${server.url}/write?db=x&precision=s: 1 samples in 39 bytes` },
      { event: 'wire.received', sink: 'influx', line: '401 ("no such token: ***")' },
    ]);
    expect(delivery).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'refused', commands: [], sentence: expect.stringContaining('/etc/x.ini:7') },
    });
    expect(JSON.stringify([delivery, events])).not.toContain(secrets.token);
  });
});

describe('a batch that is too large', () => {
  const limit = (bytes: number) => (request: { readonly body: string }) => ({
    status: request.body.length > bytes ? 413 : 204,
  });

  test('goes in smaller requests, in order, and so does the next one', async () => {
    const { sink, server } = await setUp();
    server.reply(limit(120)); // three lines
    expect(await sink.deliver(someSamples(10))).toEqual(confirmed);
    expect(values(server)).toEqual([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]);
    expect(server.requests.length).toBe(6);
    expect(await sink.deliver(someSamples(3))).toEqual(confirmed);
    expect(server.requests.length).toBe(7);
  });

  test('loses only the one sample that is too large', async () => {
    const { sink, server } = await setUp();
    server.reply(({ body }) => ({ status: body.includes('m3') ? 413 : 204 }));
    expect(await sink.deliver(someSamples(6))).toEqual({
      kind: 'dropped',
      samples: 1,
      detail: `${server.url}/write?db=x&precision=s answered 413: a single sample is too large for it`,
    });
    expect(values(server).flat()).toEqual([0, 1, 2, 4, 5]);
  });

  test('loses nothing to a server that says so about everything: the address must be corrected', async () => {
    const { sink, server } = await setUp();
    server.reply({ status: 413, body: 'request body too large' });
    expect(await sink.deliver(someSamples(5000))).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        commands: [],
        sentence: `${server.url}/write?db=x&precision=s answered 413 ("request body too large"): even a single sample is too large for it; correct url or database in [sink:influx], or raise the server's limit`,
      },
      mayHaveArrived: false,
    });
    expect(server.requests.length).toBeLessThan(20);
  });

  test('continues where it was when a part came back, and samples that had arrived do not arrive twice', async () => {
    const { sink, server } = await setUp();
    server.reply(({ body }) => ({ status: body.length > 200 ? 413 : body.includes('m9') ? 429 : 204 }));
    expect(await sink.deliver(someSamples(10))).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'busy' },
      mayHaveArrived: false,
    });
    server.reply(limit(200));
    expect(await sink.deliver(someSamples(10))).toEqual(confirmed);
    expect(values(server)).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ]);
  });

  test('is given up when the sink is closed, and no other part of it is sent', async () => {
    const { sink, server } = await setUp();
    server.reply(({ body }) => {
      if (body.length > 200) return { status: 413 };
      setImmediate(() => sink.close());
      return 'never';
    });
    expect(await sink.deliver(someSamples(10))).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'lost' },
      mayHaveArrived: true,
    });
    expect(server.requests.length).toBe(2);
  });
});

describe('trouble', () => {
  test('a server that is not there is reported, and nothing has arrived', async () => {
    const { sink, server } = await setUp();
    await server.close();
    expect(await sink.deliver(someSamples(1))).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'lost',
        commands: [],
        sentence: `connection to 127.0.0.1:${server.port} refused (ECONNREFUSED); is the server running?`,
      },
      mayHaveArrived: false,
    });
  });

  test('a server that is busy says until when, by its own clock', async () => {
    const { sink, server } = await setUp();
    const headers = { date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:50:07 GMT' };
    server.reply({ status: 503, headers });
    expect(await sink.deliver(someSamples(1))).toMatchObject({
      trouble: { kind: 'busy', retryAfterMs: 30_000 },
      mayHaveArrived: true,
    });
  });

  test('a part that was refused for good is dropped', async () => {
    const { sink, server } = await setUp();
    server.reply({ status: 400, body: '{"error":"partial write: points beyond retention policy dropped=2"}' });
    expect(await sink.deliver(someSamples(5))).toEqual({
      kind: 'dropped',
      samples: 2,
      detail: `${server.url}/write?db=x&precision=s answered 400 ("partial write: points beyond retention policy dropped=2")`,
    });
  });

  test('a list of more refused lines than a log would hold is counted to its end', async () => {
    const { sink, server } = await setUp();
    const lines = Array.from({ length: 700 }, (_, index) => ({
      original_line: 'x'.repeat(60),
      line_number: index + 1,
      error_message: 'y'.repeat(100),
    }));
    server.reply({
      status: 400,
      body: JSON.stringify({ error: 'partial write of line protocol occurred', data: lines }),
    });
    expect(await sink.deliver(someSamples(5000))).toMatchObject({ kind: 'dropped', samples: 700 });
  });

  test('a database that is not there loses nothing', async () => {
    const { sink, server } = await setUp();
    server.reply({ status: 404, body: '{"error":"database not found: \\"x\\""}' });
    expect(await sink.deliver(someSamples(5))).toMatchObject({
      trouble: {
        kind: 'refused',
        commands: [],
        sentence: expect.stringMatching(/"database not found: .*; correct url or database in \[sink:influx\]$/),
      },
      mayHaveArrived: false,
    });
  });

  test('a server that never answers is given up after 10 s', async () => {
    const { sink, server, clock } = await setUp();
    server.reply('never');
    const delivery = sink.deliver(someSamples(1));
    await server.until(({ requests }) => requests.length === 1);
    await turn();
    clock.advance(10_000);
    expect(await delivery).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'lost',
        commands: [],
        sentence: `127.0.0.1:${server.port} was silent for 10 s before it answered`,
      },
      mayHaveArrived: true,
    });
  });
});

describe('over TLS', () => {
  test('a certificate that is not verified is reported once, with what can be read', async () => {
    const { sink, server, events } = await setUp({ tls: { caFile: null, verify: false } }, { tls: 'unknown' });
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(events.filter(({ event }) => event === 'sink.unverified')).toEqual([
      {
        event: 'sink.unverified',
        sink: 'influx',
        detail: `the certificate of 127.0.0.1:${server.port} is not verified (tls_verify = false): anyone on the network path can read the token; remove tls_verify, or name the CA file with tls_ca`,
      },
    ]);
  });

  test('verified, or no TLS at all, reports nothing of the kind', async () => {
    const plain = await setUp({ tls: { caFile: null, verify: false } });
    const verified = await setUp({ tls: { caFile: tlsFile('ca.crt'), verify: true } }, { tls: 'localhost' });
    for (const { sink, events } of [plain, verified]) {
      expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
      expect(events.some(({ event }) => event === 'sink.unverified')).toBe(false);
    }
  });
});
