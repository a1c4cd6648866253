import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { gzip } from '../../src/io/net/gzip.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { createGzipTrial, type HttpBody } from '../../src/sinks/gzip-trial.ts';
import { type FakeHttpServer, type FakeReply, type FakeRequest, fakeHttpServer } from '../helpers/fake-http-server.ts';
import { influxSink, otlpSink, type SinkUnderTest, someSamples } from './set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(make: typeof influxSink | typeof otlpSink = influxSink) {
  const server = await fakeHttpServer();
  const made = make(server.url, { compression: 'gzip' });
  closers.push(server.close, made.sink.close);
  return Object.assign(made, { server });
}

const confirmed = { kind: 'accepted', confirmed: true };
const isCompressed = ({ headers }: FakeRequest) => headers['content-encoding'] === 'gzip';
const encodings = ({ requests }: FakeHttpServer) => requests.map(({ headers }) => headers['content-encoding'] ?? null);
const told = ({ events }: SinkUnderTest): readonly AgentEvent[] =>
  events.filter(({ event }) => event === 'sink.uncompressed');

/** A server that answers this to what is compressed, and accepts the rest. */
const refusing =
  (reply: FakeReply) =>
  (request: FakeRequest): FakeReply =>
    isCompressed(request) ? reply : { status: 204 };

describe.each([
  ['influx', influxSink],
  ['otlp', otlpSink],
])('the sink %s with compression', (name, make) => {
  test('sends what is longer than 1 KiB in gzip, which holds the same bytes', async () => {
    const { sink, server } = await setUp(make);
    const plain = make(server.url);
    closers.push(plain.sink.close);
    await plain.sink.deliver(someSamples(200));
    expect(await sink.deliver(someSamples(200))).toEqual(confirmed);
    const [asIs, compressed] = server.requests;
    expect(gunzipSync(compressed?.bytes ?? '').toString()).toBe(asIs?.body);
    expect(compressed?.headers).toEqual({
      ...asIs?.headers,
      'content-encoding': 'gzip',
      'content-length': String(compressed?.bytes.length),
    });
    expect(Number(compressed?.bytes.length) * 5).toBeLessThan(Number(asIs?.bytes.length));
  });

  test('sends what is shorter as it is, byte for byte as without compression', async () => {
    const { sink, server } = await setUp(make);
    const plain = make(server.url);
    closers.push(plain.sink.close);
    await plain.sink.deliver(someSamples(1));
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(await sink.probe()).toBeNull();
    expect(server.requests[1]).toEqual(server.requests[0]);
    expect(encodings(server)).toEqual([null, null, null]);
  });

  test.each([
    [415, 'Unsupported Media Type'],
    [400, 'unable to parse: \u001f'],
    [422, 'no'],
  ])(
    'after a %i, sends the same batch as it is at once, and from then on all; it is told once',
    async (status, body) => {
      const made = await setUp(make);
      const { sink, server } = made;
      server.reply(refusing({ status, body }));
      expect(await sink.deliver(someSamples(200))).toEqual(confirmed);
      expect(await sink.deliver(someSamples(200, 200))).toEqual(confirmed);
      expect(encodings(server)).toEqual(['gzip', null, null]);
      expect(gunzipSync(server.requests[0]?.bytes ?? '').toString()).toBe(server.requests[1]?.body);
      expect(told(made)).toEqual([
        {
          event: 'sink.uncompressed',
          sink: name,
          detail: expect.stringMatching(
            new RegExp(`answered ${status} to a request in gzip, .* remove compression from \\[sink:${name}\\]$`),
          ),
        },
      ]);
    },
  );
});

test('a batch that is refused either way is judged by the uncompressed request, and gzip is tried again', async () => {
  const made = await setUp();
  const { sink, server } = made;
  server.reply(({ headers }) => ({ status: 400, body: `${headers['content-encoding'] ?? 'plain'} is bad` }));
  expect(await sink.deliver(someSamples(200))).toMatchObject({
    kind: 'dropped',
    samples: 200,
    detail: expect.stringContaining('plain is bad'),
  });
  server.reply({ status: 204 });
  expect(await sink.deliver(someSamples(200))).toEqual(confirmed);
  expect(encodings(server)).toEqual(['gzip', null, 'gzip']);
  expect(told(made)).toEqual([]);
});

test('a server that drops a part of a compressed batch has understood it: nothing is sent twice', async () => {
  const made = await setUp();
  const { sink, server } = made;
  server.reply({ status: 400, body: '{"error":"partial write: field type conflict dropped=3"}' });
  expect(await sink.deliver(someSamples(200))).toMatchObject({ kind: 'dropped', samples: 3 });
  expect(encodings(server)).toEqual(['gzip']);
});

test('a server that drops a part of the uncompressed batch does accept it: nothing is compressed any more', async () => {
  const made = await setUp();
  const { sink, server } = made;
  server.reply((request) =>
    isCompressed(request) ? { status: 415 } : { status: 400, body: '{"error":"partial write: dropped=3"}' },
  );
  expect(await sink.deliver(someSamples(200))).toMatchObject({ kind: 'dropped', samples: 3 });
  await sink.deliver(someSamples(200));
  expect(encodings(server)).toEqual(['gzip', null, null]);
  expect(told(made).length).toBe(1);
});

test.each([401, 404, 413, 429, 503])('a %i says nothing about gzip', async (status) => {
  const made = await setUp();
  const { sink, server } = made;
  server.reply((request) => (isCompressed(request) && status !== 413 ? { status } : { status: 204 }));
  const result = await sink.deliver(someSamples(200));
  expect(result.kind).toBe(status === 413 ? 'accepted' : 'returned');
  expect(encodings(server)).toEqual(['gzip']);
  expect(told(made)).toEqual([]);
});

test('a batch that is lost after gzip was refused comes back whole, and is compressed the next time', async () => {
  const made = await setUp();
  const { sink, server } = made;
  server.reply((request) => (isCompressed(request) ? { status: 415 } : 'reset'));
  expect(await sink.deliver(someSamples(200))).toMatchObject({ kind: 'returned', mayHaveArrived: true });
  server.reply({ status: 204 });
  expect(await sink.deliver(someSamples(200))).toEqual(confirmed);
  expect(encodings(server)).toEqual(['gzip', null, 'gzip']);
  expect(told(made)).toEqual([]);
});

test('a sink that is closed while it compresses sends nothing', async () => {
  const { sink, server } = await setUp();
  const delivery = sink.deliver(someSamples(200));
  sink.close();
  expect(await delivery).toMatchObject({ kind: 'returned', mayHaveArrived: false });
  expect(server.requests).toEqual([]);
});

test('a body that can not be compressed is sent as it is', async () => {
  const sent: HttpBody[] = [];
  const post = createGzipTrial(
    () => {},
    'x',
    'http://x',
    async () => null,
    async (body) => {
      sent.push(body);
      return { status: 204, verdict: { kind: 'accepted', confirmed: true } };
    },
  );
  const body = { samples: 1, content: 'x'.repeat(2000) };
  expect(await post(body)).toEqual(confirmed);
  expect(sent).toEqual([body]);
});

test('bytes are compressed as text is', async () => {
  const bytes = Buffer.from('é'.repeat(5000));
  const compressed = [await gzip(bytes), await gzip(bytes.toString())];
  for (const one of compressed) expect(gunzipSync(one ?? '')).toEqual(bytes);
});
