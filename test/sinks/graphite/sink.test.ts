import { afterEach, describe, expect, test } from 'vitest';
import type { TlsSettings } from '../../../src/model/config.ts';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { DeliveryResult } from '../../../src/model/sink.ts';
import { fakeCarbon } from '../../helpers/fake-carbon.ts';
import { fakeCollector, tlsFile } from '../../helpers/fake-collector.ts';
import { graphiteSink, someSamples } from '../set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(options: Parameters<typeof fakeCarbon>[0] = {}, tls?: TlsSettings) {
  const carbon = await fakeCarbon(options);
  const made = graphiteSink(
    { host: options.host ?? '127.0.0.1', port: carbon.port, tls: options.tls !== undefined },
    tls,
  );
  closers.push(carbon.close, made.sink.close);
  return Object.assign(made, { carbon });
}

function lines(count: number): readonly string[] {
  return someSamples(count).map((sample) => `${sample.metric} ${sample.value} ${sample.atS}`);
}

function returned(detail: string, mayHaveArrived: boolean): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'lost', sentence: detail, commands: [] }, mayHaveArrived };
}

/** ECONNRESET if the connection is read first, EPIPE if it is written to first. */
function wasReset(port: number) {
  const detail = expect.stringMatching(
    `^connection to 127.0.0.1:${port} was reset by the other side \\((ECONNRESET|EPIPE)\\)$`,
  );
  return { kind: 'returned', trouble: { kind: 'lost', sentence: detail, commands: [] }, mayHaveArrived: true };
}

const confirmed: DeliveryResult = { kind: 'accepted', confirmed: true };
const trusted: TlsSettings = { caFile: tlsFile('ca.crt'), verify: true };

describe('a delivery', () => {
  test('is one connection, which the server closes last', async () => {
    const { carbon, sink } = await setUp();
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(carbon.batches).toEqual([lines(2), lines(1)]);
    expect(carbon.connections()).toBe(2);
  });

  test('of a batch far larger than any buffer arrives whole', async () => {
    const { carbon, sink } = await setUp();
    expect(await sink.deliver(someSamples(100_000))).toEqual(confirmed);
    expect(carbon.lines).toEqual(lines(100_000));
  });

  test('works over IPv6', async () => {
    const { carbon, sink } = await setUp({ host: '::1' });
    expect(await sink.deliver(someSamples(2))).toEqual(confirmed);
    expect(carbon.lines).toEqual(lines(2));
  });

  test('leaves no timer behind, and is logged line by line', async () => {
    const { clock, sink, events } = await setUp();
    await sink.deliver(someSamples(1));
    expect(clock.pending()).toBe(0);
    expect(events).toEqual([{ event: 'wire.sent', sink: 'graphite', line: lines(1)[0] }]);
  });
});

describe('trouble', () => {
  test('a refused connection is reported with the address and a question, and nothing of the batch has arrived', async () => {
    const { carbon, sink } = await setUp();
    await carbon.close();
    expect(await sink.deliver(someSamples(1))).toEqual(
      returned(`connection to 127.0.0.1:${carbon.port} refused (ECONNREFUSED); is the Carbon server running?`, false),
    );
  });

  test.each([0, 1, 2, 4999, 5000])(
    'a connection that is reset after %d lines gives the batch back',
    async (resetAfter) => {
      const { carbon, sink } = await setUp();
      carbon.setMode({ resetAfter });
      expect(await sink.deliver(someSamples(5000))).toEqual(wasReset(carbon.port));
      expect(carbon.lines).toEqual(lines(resetAfter));
      carbon.setMode({ resetAfter: null });
      expect(await sink.deliver(someSamples(5000))).toEqual(confirmed);
      expect(carbon.batches).toEqual([lines(5000)]);
    },
  );

  test('a server that resets when it should close has not confirmed the batch', async () => {
    const { carbon, sink } = await setUp();
    carbon.setMode({ atEnd: 'resets' });
    expect(await sink.deliver(someSamples(1))).toEqual(wasReset(carbon.port));
  });

  test('a server that answers is not a Carbon server: an Instrumental collector has not accepted the batch', async () => {
    const collector = await fakeCollector();
    closers.push(collector.close);
    const { sink } = graphiteSink({ port: collector.port });
    const where = `127.0.0.1:${collector.port}`;
    expect(await sink.deliver(someSamples(1))).toEqual(
      returned(
        `${where} answered "fail", but a Carbon server never answers: is it one? If it expects TLS, write tls://${where}`,
        true,
      ),
    );
  });

  test('a server that expects TLS has not accepted a batch in plain text', async () => {
    const { carbon } = await setUp({ tls: 'localhost' });
    const { sink } = graphiteSink({ port: carbon.port });
    const delivery = await sink.deliver(someSamples(5000));
    expect(delivery).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'lost', commands: [], sentence: expect.stringContaining('127.0.0.1') },
    });
  });

  test('a name too long for Carbon is dropped, and the lines around it arrive', async () => {
    const { carbon, sink } = await setUp();
    const long: Sample = { metric: metricName(`host.${'a'.repeat(20_000)}`), value: 1, atS: unixSeconds(1) };
    const [first, second] = [someSamples(1), someSamples(1, 1)];
    const dropped: DeliveryResult = {
      kind: 'dropped',
      samples: 1,
      detail: `127.0.0.1:${carbon.port} does not accept a line of more than 16384 bytes; shorten the names of these metrics`,
    };
    expect(await sink.deliver([...first, long, ...second])).toEqual(dropped);
    expect(carbon.lines).toEqual(lines(2));
    expect(await sink.deliver([long])).toEqual(dropped);
    expect(carbon.connections()).toBe(1);
  });
});

describe('silence', () => {
  test('of 10 s while the batch is written gives it back', async () => {
    const made = await setUp();
    const { carbon, clock, sink } = made;
    carbon.setMode({ isDeaf: true });
    const isWriting = new Promise<void>((resolve) => {
      made.onEvent = () => resolve();
    });
    const delivery = sink.deliver(someSamples(200_000)); // more than the system buffers
    await isWriting;
    clock.advance(10_000);
    expect(await delivery).toEqual(
      returned(`127.0.0.1:${carbon.port} was silent for 10 s before the batch was written`, true),
    );
  });

  test('of 10 s while connecting gives it back, and nothing of it has arrived', async () => {
    const { carbon } = await setUp(); // it reads the TLS client's hello as the start of a line
    const { clock, sink } = graphiteSink({ port: carbon.port, tls: true });
    const delivery = sink.deliver(someSamples(1));
    await carbon.until(() => carbon.connections() === 1);
    clock.advance(10_000);
    expect(await delivery).toEqual(returned(`127.0.0.1:${carbon.port} was silent for 10 s while connecting`, false));
  });

  test('of 10 s when the server should close gives it back, however often', async () => {
    const { carbon, clock, sink } = await setUp();
    carbon.setMode({ atEnd: 'stays' });
    for (const attempt of [1, 2, 3, 4]) {
      const delivery = sink.deliver(someSamples(2));
      await carbon.until(() => carbon.batches.length === attempt);
      clock.advance(10_000);
      const sentence = `127.0.0.1:${carbon.port} did not close within 10 s after the batch was written; is it a Carbon server?`;
      expect(await delivery).toEqual(returned(sentence, true));
    }
  });
});

describe('TLS', () => {
  test.each(['127.0.0.1', '::1'])('to %s works with the CA that tls_ca names', async (host) => {
    const { carbon, sink } = await setUp({ tls: 'localhost', host }, trusted);
    expect(await sink.deliver(someSamples(20_000))).toEqual(confirmed);
    expect(carbon.lines).toEqual(lines(20_000));
  });

  test.each([1, 4999])('that breaks off after %d lines gives the batch back', async (resetAfter) => {
    const { carbon, sink } = await setUp({ tls: 'localhost' }, trusted);
    carbon.setMode({ resetAfter });
    expect(await sink.deliver(someSamples(5000))).toEqual(wasReset(carbon.port));
  });

  test('with a certificate of an unknown authority is refused before a line is sent', async () => {
    const { carbon, sink } = await setUp({ tls: 'unknown' }, trusted);
    const delivery = await sink.deliver(someSamples(1));
    expect(delivery).toMatchObject({ kind: 'returned', mayHaveArrived: false });
    expect(JSON.stringify(delivery)).toContain('is signed by an authority that is not known here');
    expect(carbon.lines).toEqual([]);
  });

  test('without verification works, and is reported once', async () => {
    const { events, sink } = await setUp({ tls: 'unknown' }, { caFile: null, verify: false });
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(await sink.deliver(someSamples(1))).toEqual(confirmed);
    expect(events.filter((event) => event.event === 'sink.unverified')).toEqual([
      {
        event: 'sink.unverified',
        sink: 'graphite',
        detail: expect.stringContaining('anyone on the network path can read the samples'),
      },
    ]);
  });
});
