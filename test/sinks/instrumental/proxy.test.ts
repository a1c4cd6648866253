import { afterEach, describe, expect, test } from 'vitest';
import type { InstrumentalSettings } from '../../../src/sinks/instrumental/sink.ts';
import { fakeCollector, tlsFile } from '../../helpers/fake-collector.ts';
import { fakeProxy } from '../../helpers/fake-proxy.ts';
import { secretIn, secrets } from '../../helpers/secrets.ts';
import { instrumentalSink, someLines, someSamples } from '../set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const login = { username: 'ann', password: secrets.password };
const confirmed = { kind: 'accepted', confirmed: true };

async function setUp(
  options: Parameters<typeof fakeCollector>[0] = { tls: 'localhost' },
  asks: boolean = false,
  settings: Partial<InstrumentalSettings> = {},
) {
  const collector = await fakeCollector(options);
  const proxy = await fakeProxy({ login: asks ? `${login.username}:${login.password}` : null });
  const address = { port: collector.port, tls: options.tls !== undefined };
  const made = instrumentalSink(address, { proxy: proxy.settings, tlsCa: tlsFile('ca.crt'), ...settings });
  closers.push(collector.close, proxy.close, made.sink.close);
  return Object.assign(made, { collector, proxy, where: `127.0.0.1:${collector.port}` });
}

describe.each([
  ['TLS', { tls: 'localhost' }],
  ['plain TCP', {}],
])('through a proxy, over %s,', (_what, options) => {
  test('batches arrive and are confirmed, one tunnel each', async () => {
    const { sink, collector, proxy, where } = await setUp(options);
    expect(await sink.deliver(someSamples(5000))).toEqual(confirmed);
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(collector.lines).toEqual([...someLines(5000), ...someLines(2)]);
    expect(collector.connections[0]).toMatchObject({ key: secrets.apiKey });
    expect(proxy.asked).toEqual([`CONNECT ${where}`, `CONNECT ${where}`]);
    await proxy.until(({ open }) => open.size === 0);
  });

  test('a proxy that asks for a login is told as one, and takes the right one', async () => {
    const { sink, collector, proxy, events } = await setUp(options, true);
    const where = `127.0.0.1:${proxy.port}`;
    const trouble = {
      kind: 'lost',
      sentence: `the proxy ${where} asks for a name and a password: proxy = http://USER:PASSWORD@${where}`,
      commands: [],
    };
    expect(await sink.deliver(someSamples(1))).toEqual({ kind: 'returned', trouble, mayHaveArrived: false });
    expect(await sink.probe()).toEqual(trouble);
    expect(collector.connections).toEqual([]);

    const allowed = instrumentalSink(
      { port: collector.port, tls: options !== undefined && 'tls' in options },
      { proxy: { ...proxy.settings, login }, tlsCa: tlsFile('ca.crt') },
    );
    closers.push(allowed.sink.close);
    expect(await allowed.sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(await allowed.sink.probe()).toBeNull();
    expect(secretIn(JSON.stringify([...events, ...allowed.events]))).toBeNull();
  });

  test('a proxy that breaks off in the middle costs nothing: the batch comes back', async () => {
    const { sink, collector, proxy } = await setUp({ ...options, stall: 'hello' });
    const delivery = sink.deliver(someSamples(1));
    await collector.until(({ connections }) => connections.some(({ hello }) => hello !== null));
    for (const socket of proxy.open) socket.resetAndDestroy();
    expect(await delivery).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'lost', sentence: expect.stringContaining(`through the proxy 127.0.0.1:${proxy.port}`) },
      mayHaveArrived: false,
    });
  });

  test('a proxy that says nothing for 10 s is given up', async () => {
    const { sink, proxy, clock, where } = await setUp(options);
    const asked = new Promise<void>((resolve) => proxy.onConnect(() => resolve()));
    const delivery = sink.deliver(someSamples(1));
    await asked;
    clock.advance(10_000);
    expect(await delivery).toMatchObject({
      trouble: {
        sentence: `${where} was silent for 10 s while connecting through the proxy 127.0.0.1:${proxy.port}`,
      },
      mayHaveArrived: false,
    });
    await proxy.until(({ open }) => open.size === 0);
  });

  test('closing the sink drops the connection to the proxy', async () => {
    const { sink, proxy } = await setUp(options);
    const asked = new Promise<void>((resolve) => proxy.onConnect(() => resolve()));
    const delivery = sink.deliver(someSamples(1));
    await asked;
    sink.close();
    expect(await delivery).toMatchObject({ kind: 'returned' });
    await proxy.until(({ open }) => open.size === 0);
  });
});

test('a proxy that does not reach the collector is told as the one that answered', async () => {
  const { sink, collector, proxy, where } = await setUp();
  await collector.close();
  expect(await sink.deliver(someSamples(1))).toMatchObject({
    trouble: {
      sentence: `the proxy 127.0.0.1:${proxy.port} answered 502 ("Bad Gateway") to CONNECT ${where}; it does not reach ${where}, or not at the moment`,
    },
    mayHaveArrived: false,
  });
});

test("the certificate is verified against the collector's name, not the proxy's", async () => {
  const { sink, proxy, where } = await setUp({ tls: 'wrong-name' });
  expect(await sink.deliver(someSamples(1))).toMatchObject({
    trouble: {
      sentence: expect.stringMatching(
        new RegExp(`^the certificate of ${where} is for another name .* through the proxy 127.0.0.1:${proxy.port}$`),
      ),
    },
  });
});

test('over TLS, a proxy that closes at once when its client does is not taken for the collector', async () => {
  const { sink, collector, proxy } = await setUp();
  let hasClientEnded = false;
  proxy.onConnect((client, answer) => {
    client.once('end', () => {
      hasClientEnded = true;
      client.destroy();
    });
    answer();
  });
  expect(await sink.deliver(someSamples(3))).toEqual(confirmed);
  expect(collector.batches).toEqual([someLines(3)]);
  expect(hasClientEnded).toBe(false);
});

test('a proxy whose first bytes of the server come with its answer passes them all on', async () => {
  const { sink, collector, proxy } = await setUp({});
  proxy.onConnect((client, answer) => {
    const write = client.write.bind(client);
    client.write = (words: string) => {
      client.write = write;
      return write(`${words}ok\n`); // as if the collector had greeted first
    };
    answer();
  });
  expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
  expect(collector.lines).toEqual(someLines(1));
});
