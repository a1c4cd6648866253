import { afterEach, describe, expect, test } from 'vitest';
import { listen, type ServerConnection } from '../../../src/io/net/listen.ts';
import type { DeliveryResult } from '../../../src/model/sink.ts';
import { fakeCollector, tlsFile } from '../../helpers/fake-collector.ts';
import { secrets } from '../../helpers/secrets.ts';
import { instrumentalSink, someLines, someSamples } from '../set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(
  options: Parameters<typeof fakeCollector>[0] = {},
  settings: Parameters<typeof instrumentalSink>[1] = {},
) {
  const collector = await fakeCollector(options);
  const made = instrumentalSink(
    { host: options.host ?? '127.0.0.1', port: collector.port, tls: options.tls !== undefined },
    settings,
  );
  closers.push(collector.close, made.sink.close);
  return Object.assign(made, { collector });
}

/**
 * A server on a free port that calls `onText` for each text that arrives, and closes when its
 * client does.
 */
async function peer(
  onText: (text: string, connection: ServerConnection) => void,
  onEnd: (connection: ServerConnection) => void = (connection) => connection.end(),
): Promise<number> {
  const server = await listen({ host: '127.0.0.1', port: 0, tls: null }, (connection) => ({
    onData: (bytes) => onText(Buffer.from(bytes).toString(), connection),
    onEnd: () => onEnd(connection),
    onClose: () => {},
  }));
  if (!server.ok) throw new Error(server.error.detail);
  closers.push(server.value.close);
  return server.value.port;
}

/**
 * A peer that takes one step of its script for each text that arrives: it sends a word, closes, or
 * both.
 */
function scriptedPeer(script: readonly string[]): Promise<number> {
  const steps = [...script];
  return peer((_text, connection) => {
    const [word, close] = (steps.shift() ?? '').split('+');
    if (word !== undefined && word !== '' && word !== 'close') connection.write(`${word}\n`);
    if (word === 'close' || close !== undefined) connection.end();
  });
}

function detailOf(delivery: DeliveryResult): string {
  return delivery.kind === 'returned' ? delivery.trouble.sentence : 'accepted';
}

const confirmed: DeliveryResult = { kind: 'accepted', confirmed: true };

describe('a delivery', () => {
  test('sends increases as increments, nothing where there is none yet, and notices behind the samples', async () => {
    const { collector, sink } = await setUp({}, { counters: 'increment', notices: true });
    expect([sink.wants, sink.wantsNotices]).toEqual(['increases', true]);
    const [first, second, third] = someSamples(3);
    const notice = { id: 1, kind: 'started', plugin: null, atS: 1_700_000_009, durationS: 0, text: 'hello' } as const;
    if (!first || !second || !third) throw new Error('there are three');
    expect(await sink.deliver([{ ...first, increase: null }])).toEqual(confirmed);
    expect(collector.connections).toEqual([]);
    expect(await sink.deliver([{ ...first, increase: null }, { ...second, increase: 7 }, third], [notice])).toEqual(
      confirmed,
    );
    expect(collector.connections).toMatchObject([
      {
        lines: [
          'increment host.plugin.m1 7 1700000001 1',
          'gauge host.plugin.m2 2 1700000002 1',
          'notice 1700000009 0 web1: hello',
        ],
      },
    ]);
    expect(await sink.deliver([], [notice])).toEqual(confirmed);
    expect(collector.connections[1]?.lines).toEqual(['notice 1700000009 0 web1: hello']);
  });

  test('says hello, authenticates and sends the batch, one connection each', async () => {
    const { collector, sink } = await setUp();
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(await sink.deliver(someSamples(1, 2))).toEqual(confirmed);
    expect(collector.connections).toMatchObject([
      { key: secrets.apiKey, hello: expect.stringMatching(/^hello version node/), lines: someLines(2), hasEnded: true },
      { key: secrets.apiKey, lines: someLines(1, 2), hasEnded: true },
    ]);
  });

  test('of a batch far larger than any buffer arrives whole', async () => {
    const { collector, sink } = await setUp();
    expect(await sink.deliver(someSamples(100_000))).toEqual(confirmed);
    expect(collector.lines.length).toBe(100_000);
    expect(collector.lines.at(-1)).toBe(someLines(1, 99_999)[0]);
  });

  test('understands answers that arrive one byte at a time', async () => {
    const { collector, sink } = await setUp({ byteAtATime: true });
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(collector.lines).toEqual(someLines(2));
  });

  test('works over IPv6', async () => {
    const { collector, sink } = await setUp({ host: '::1' });
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(collector.lines).toEqual(someLines(2));
  });

  test('leaves no timer behind', async () => {
    const { sink, clock } = await setUp();
    await sink.deliver(someSamples(1));
    expect(clock.pending()).toBe(0);
  });

  test('is logged line by line, with the key masked wherever it occurs', async () => {
    const { sink, events } = await setUp({}, { apiKey: { key: 'ok', origin: 'the flag -k' } });
    await sink.deliver(someSamples(1));
    expect(events).toEqual([
      { event: 'wire.sent', sink: 'instrumental', line: expect.stringMatching(/^hello /) },
      { event: 'wire.received', sink: 'instrumental', line: '***' },
      { event: 'wire.sent', sink: 'instrumental', line: 'authenticate ***' },
      { event: 'wire.received', sink: 'instrumental', line: '***' },
      { event: 'wire.sent', sink: 'instrumental', line: someLines(1)[0] },
    ]);
  });
});

describe('trouble', () => {
  test('a refused connection is reported with the address and a question', async () => {
    const { collector, sink } = await setUp();
    await collector.close();
    expect(await sink.deliver(someSamples(1))).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'lost',
        commands: [],
        sentence: `connection to 127.0.0.1:${collector.port} refused (ECONNREFUSED); is the collector running?`,
      },
      mayHaveArrived: false,
    });
  });

  test('an unknown host name is reported as such', async () => {
    const { sink } = instrumentalSink({ host: 'no-such-host.invalid', port: 8001 });
    expect(detailOf(await sink.deliver(someSamples(1)))).toMatch(
      /^the host name no-such-host\.invalid of no-such-host\.invalid:8001 (is not known|can't be looked up)/,
    );
  });

  test.each([1, 2, 4999])('a connection reset after %d lines gives the batch back', async (resetAfter) => {
    const { collector, sink } = await setUp({ resetAfter });
    expect(detailOf(await sink.deliver(someSamples(5000)))).toMatch(
      `connection to 127.0.0.1:${collector.port} was reset by the other side`,
    );
    expect(collector.lines).toEqual(someLines(resetAfter));
    collector.setMode({ resetAfter: null });
    expect(await sink.deliver(someSamples(5000))).toEqual(confirmed);
    expect(collector.batches).toEqual([someLines(5000)]);
  });

  test('a refused key is reported with its origin and without the key', async () => {
    const { sink, events } = await setUp({ acceptKey: 'another' });
    const delivery = await sink.deliver(someSamples(1));
    expect(delivery).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'refused', commands: [], sentence: expect.stringContaining('the flag -k') },
    });
    expect(JSON.stringify([delivery, events])).not.toContain(secrets.apiKey);
  });

  test.each([
    [
      'instead of answering hello',
      ['close'],
      'before it answered hello; if it expects TLS, write tls://127.0.0.1:PORT',
    ],
    ['instead of answering authenticate', ['ok', 'close'], 'before it answered authenticate'],
    ['right after it has accepted the key', ['ok', 'ok+close'], 'before the batch was written'],
  ])('a collector that closes in order %s has not accepted the batch', async (_when, script, moment) => {
    const port = await scriptedPeer(script);
    const { sink } = instrumentalSink({ port });
    expect(detailOf(await sink.deliver(someSamples(1)))).toBe(
      `127.0.0.1:${port} closed the connection ${moment.replace('PORT', String(port))}`,
    );
  });

  test('a collector that resets after the half-close has not accepted the batch', async () => {
    const port = await peer(
      (_text, connection) => void connection.write('ok\n'),
      (connection) => connection.reset(),
    );
    const { sink } = instrumentalSink({ port });
    expect(detailOf(await sink.deliver(someSamples(1)))).toBe(
      `connection to 127.0.0.1:${port} was reset by the other side (ECONNRESET)`,
    );
  });

  test('an answer that is not in the protocol is quoted', async () => {
    const port = await scriptedPeer(['HTTP/1.1 400 Bad Request']);
    const { sink } = instrumentalSink({ port });
    expect(detailOf(await sink.deliver(someSamples(1)))).toBe(
      `127.0.0.1:${port} answered "HTTP/1.1 400 Bad Request" to hello; "ok" was expected: is this Instrumental's collector?`,
    );
  });

  test('an answer without end is given up', async () => {
    const port = await scriptedPeer(['x'.repeat(3000)]);
    const { sink } = instrumentalSink({ port });
    expect(detailOf(await sink.deliver(someSamples(1)))).toContain('sent a line without end');
  });

  test('replies that arrive while the batch is written change nothing', async () => {
    const port = await scriptedPeer(['ok', 'ok\nfail\nok']);
    const { sink } = instrumentalSink({ port });
    expect(await sink.deliver(someSamples(5000))).toEqual(confirmed);
  });
});

describe('silence', () => {
  test.each([
    ['hello', 'before it answered hello'],
    ['authenticate', 'before it answered authenticate'],
  ] as const)('of 10 s after %s gives the batch back', async (stall, moment) => {
    const { collector, sink, clock } = await setUp({ stall });
    const delivery = sink.deliver(someSamples(1));
    await collector.until(({ connections: [first] }) => (stall === 'hello' ? first?.hello : first?.key) != null);
    expect(clock.pending()).toBe(1);
    clock.advance(9_999);
    expect(clock.pending()).toBe(1);
    clock.advance(1);
    expect(detailOf(await delivery)).toBe(`127.0.0.1:${collector.port} was silent for 10 s ${moment}`);
  });

  test('of 10 s while connecting gives the batch back', async () => {
    let heard: () => void = () => {};
    const hasHeard = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const port = await peer(() => heard()); // it reads the TLS client's hello and does not answer
    const { sink, clock } = instrumentalSink({ port, tls: true });
    const delivery = sink.deliver(someSamples(1));
    await hasHeard;
    clock.advance(10_000);
    expect(detailOf(await delivery)).toBe(`127.0.0.1:${port} was silent for 10 s while connecting`);
  });

  test('of 10 s while the batch is written gives it back', async () => {
    const made = await setUp({ stall: 'data' });
    const isWriting = new Promise<void>((resolve) => {
      made.onEvent = (event) => {
        if (event.event === 'wire.sent' && event.line === someLines(1)[0]) resolve();
      };
    });
    const delivery = made.sink.deliver(someSamples(100_000));
    await isWriting;
    made.clock.advance(10_000);
    expect(detailOf(await delivery)).toBe(
      `127.0.0.1:${made.collector.port} was silent for 10 s before the batch was written`,
    );
  });

  test('is counted from each step, and from each part of the batch that is written', async () => {
    const made = await setUp();
    const slowAt = new Set<string>(
      someSamples(100_000)
        .filter((_, index) => index % 20_000 === 0)
        .map((sample) => sample.metric),
    );
    made.onEvent = (event) => {
      const isSlow =
        event.event === 'wire.received' || (event.event === 'wire.sent' && slowAt.has(event.line.split(' ')[1] ?? ''));
      if (isSlow) made.clock.advance(6_000);
    };
    expect(await made.sink.deliver(someSamples(100_000))).toEqual(confirmed);
    expect(made.clock.nowMs()).toBe(7 * 6_000);
  });
});

describe.each([
  ['plain', {}, {}],
  ['TLS', { tls: 'localhost' }, { tlsCa: tlsFile('ca.crt') }],
])('a collector that never closes, over %s', (_name, options, settings) => {
  async function unclosing() {
    const made = await setUp({ ...options, neverClose: true }, settings);
    let connections = 0;
    return {
      ...made,
      told: () => made.events.filter((event) => event.event === 'sink.unconfirmed').length,
      /** Delivers, and lets 10 s pass when the collector has seen the half-close. */
      deliverAndWait: async (): Promise<DeliveryResult> => {
        connections = made.collector.connections.length;
        const delivery = made.sink.deliver(someSamples(2));
        await made.collector.until((collector) => collector.connections[connections]?.hasEnded === true);
        made.clock.advance(10_000);
        return delivery;
      },
    };
  }
  type Unclosing = Awaited<ReturnType<typeof unclosing>>;

  /** Turns the event loop until the sink has no connection it still listens to. */
  async function untilAtRest({ clock }: Unclosing): Promise<void> {
    while (clock.pending() > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  test('gives two batches back, the third counts as written, and that is reported once', async () => {
    const made = await unclosing();
    const didNotClose = `127.0.0.1:${made.collector.port} did not close within 10 s after the batch was written`;
    expect(detailOf(await made.deliverAndWait())).toBe(didNotClose);
    expect(detailOf(await made.deliverAndWait())).toBe(didNotClose);
    expect(made.told()).toBe(0);
    expect(await made.deliverAndWait()).toEqual({ kind: 'accepted', confirmed: false });
    expect(made.told()).toBe(1);
  });

  test('is not waited for again: the next batch counts when it is written whole', async () => {
    const made = await unclosing();
    for (const _ of [1, 2, 3]) await made.deliverAndWait();
    expect(await made.sink.deliver(someSamples(5000))).toEqual({ kind: 'accepted', confirmed: false });
    await made.collector.waitForLines(5006);
    expect(await made.sink.deliver(someSamples(1))).toEqual({ kind: 'accepted', confirmed: false });
    await made.collector.waitForLines(5007);
    expect(made.clock.pending()).toBe(1); // only the last connection is still open
    made.clock.advance(10_000);
    expect(made.clock.pending()).toBe(0);
    expect(made.told()).toBe(1);
  });

  test('must confirm again after it has closed once', async () => {
    const made = await unclosing();
    for (const _ of [1, 2, 3]) await made.deliverAndWait();
    made.collector.setMode({ neverClose: false });
    expect(await made.sink.deliver(someSamples(1))).toEqual({ kind: 'accepted', confirmed: false });
    await untilAtRest(made);
    expect(await made.sink.deliver(someSamples(1))).toEqual(confirmed);
    made.collector.setMode({ neverClose: true });
    expect(await made.deliverAndWait()).toMatchObject({ kind: 'returned' });
  });

  test('does not count as such when it closed, refused or broke off in between', async () => {
    const made = await unclosing();
    const between = [{ neverClose: false }, { refuse: true }, { resetAfter: 1 }] as const;
    for (const mode of between) {
      expect(await made.deliverAndWait()).toMatchObject({ kind: 'returned' });
      expect(await made.deliverAndWait()).toMatchObject({ kind: 'returned' });
      made.collector.setMode(mode);
      await made.sink.deliver(someSamples(2));
      made.collector.setMode({ neverClose: true, refuse: false, resetAfter: null });
    }
    expect(made.told()).toBe(0);
  });

  test('still gives a batch back that could not be written', async () => {
    const made = await unclosing();
    for (const _ of [1, 2, 3]) await made.deliverAndWait();
    made.collector.setMode({ refuse: true });
    expect(await made.sink.deliver(someSamples(1))).toMatchObject({ kind: 'returned', trouble: { kind: 'refused' } });
  });
});

describe('TLS', () => {
  const tlsCa = tlsFile('ca.crt');

  test.each(['127.0.0.1', 'localhost'])('to %s is accepted with the CA that tls_ca names', async (host) => {
    const { collector } = await setUp({ tls: 'localhost' });
    const { sink } = instrumentalSink({ host, port: collector.port, tls: true }, { tlsCa });
    expect(await sink.deliver(someSamples(20_000))).toEqual(confirmed);
    expect(collector.lines).toEqual(someLines(20_000));
  });

  test('works over IPv6', async () => {
    const { collector, sink } = await setUp({ tls: 'localhost', host: '::1' }, { tlsCa });
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(collector.lines).toEqual(someLines(2));
  });

  test('that breaks off gives the batch back', async () => {
    const { collector, sink } = await setUp({ tls: 'localhost', resetAfter: 2 }, { tlsCa });
    expect(detailOf(await sink.deliver(someSamples(5000)))).toBe(
      `connection to 127.0.0.1:${collector.port} was reset by the other side (ECONNRESET)`,
    );
  });

  test.each([
    ['of an unknown authority', 'unknown', tlsCa, 'is signed by an authority that is not known here'],
    ['of our own authority, without tls_ca', 'localhost', null, 'is signed by an authority that is not known here'],
    ['for another name', 'wrong-name', tlsCa, 'is for another name (ERR_TLS_CERT_ALTNAME_INVALID)'],
  ])('a certificate %s is refused, with the reason, before anything is sent', async (_what, tls, ca, reason) => {
    const { collector, sink } = await setUp({ tls }, { tlsCa: ca });
    const detail = detailOf(await sink.deliver(someSamples(1)));
    expect(detail).toContain(`the certificate of 127.0.0.1:${collector.port} ${reason}`);
    expect(collector.connections.filter((connection) => connection.hello !== null)).toEqual([]);
  });

  test('unverified works, and is reported once', async () => {
    const { sink, events } = await setUp({ tls: 'unknown' }, { tlsVerify: false });
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(events.filter((event) => event.event === 'sink.unverified')).toEqual([
      { event: 'sink.unverified', sink: 'instrumental', detail: expect.stringContaining('tls_verify = false') },
    ]);
  });

  test('verified, or no TLS at all, reports nothing of the kind', async () => {
    const plain = await setUp({}, { tlsVerify: false });
    const verified = await setUp({ tls: 'localhost' }, { tlsCa });
    for (const { sink, events } of [plain, verified]) {
      await sink.deliver(someSamples(1));
      expect(events.some((event) => event.event === 'sink.unverified')).toBe(false);
    }
  });

  test.each([
    ['that is not there', 'no-such.crt', /can't be read \(ENOENT\); correct tls_ca/],
    ['that holds no certificate', 'README.md', /does not begin with a PEM certificate; correct tls_ca/],
  ])('a CA file %s is named', async (_what, file, sentence) => {
    const { sink } = await setUp({ tls: 'localhost' }, { tlsCa: tlsFile(file) });
    const detail = detailOf(await sink.deliver(someSamples(1)));
    expect(detail).toContain(tlsFile(file));
    expect(detail).toMatch(sentence);
  });

  test('to a plain collector is reported with the address to write instead', async () => {
    const port = await peer((_text, connection) => void connection.write('fail\nfail\n'));
    const { sink } = instrumentalSink({ port, tls: true });
    expect(detailOf(await sink.deliver(someSamples(1)))).toMatch(
      new RegExp(`does not speak TLS .* write tcp://127\\.0\\.0\\.1:${port}$`),
    );
  });

  test('to a server that hangs up during the handshake is reported as such', async () => {
    const port = await peer((_text, connection) => connection.end());
    const { sink } = instrumentalSink({ port, tls: true });
    expect(detailOf(await sink.deliver(someSamples(1)))).toBe(
      `127.0.0.1:${port} broke off the TLS handshake (ECONNRESET); does it speak TLS?`,
    );
  });
});
