import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/io/net/listen.ts';
import type { DeliveryResult } from '../../../src/model/sink.ts';
import { type Cut, type CuttingProxy, cuttingProxy, type Passage } from '../../helpers/cutting-proxy.ts';
import { type FakeCollector, fakeCollector, tlsFile } from '../../helpers/fake-collector.ts';
import { turnUntil } from '../../helpers/turns.ts';
import { instrumentalSink, someLines, someSamples } from '../set-up.ts';

const batch = 3;

type Line = { readonly proxy: CuttingProxy; readonly collector: FakeCollector; readonly isTls: boolean };

async function line(isTls: boolean): Promise<Line> {
  const collector = await fakeCollector(isTls ? { tls: 'localhost' } : {});
  const proxy = await cuttingProxy({ host: '127.0.0.1', port: collector.port });
  onTestFinished(async () => {
    await proxy.close();
    await collector.close();
  });
  return { proxy, collector, isTls };
}

/**
 * Delivers once, by a new sink over a connection that is cut as `cut` says. Time passes only after
 * the cut. `arrived` has the lines that the collector then has; `greeted` is how many bytes the
 * TLS handshake took before the sink sent its first.
 */
async function deliverCut({ proxy, collector, isTls }: Line, cut: Cut | null) {
  const passage: Passage = proxy.next(cut);
  const before = collector.lines.length;
  const made = instrumentalSink({ port: proxy.port, tls: isTls }, { tlsCa: isTls ? tlsFile('ca.crt') : null });
  let greeted = { up: 0, down: 0 };
  made.onEvent = (event) => {
    if (event.event === 'wire.sent' && event.line.startsWith('hello ')) greeted = { ...passage.bytes };
  };
  const underWay = made.sink.deliver(someSamples(batch));
  await Promise.race([underWay, passage.cut]);
  const delivery: DeliveryResult = await turnUntil(underWay, () => made.clock.advance(1000));
  passage.end();
  await collector.until(({ connections }) => connections.every(({ isClosed }) => isClosed));
  return { delivery, passage, greeted, arrived: collector.lines.slice(before) };
}

/**
 * After how many bytes to cut a conversation of `total`: after each 16 of the handshake, and after
 * every later one.
 */
function places(total: number, handshake: number): readonly number[] {
  return Array.from({ length: total + 1 }, (_, place) => place).filter(
    (place) => place >= handshake || place % 16 === 0,
  );
}

const cases = [false, true].flatMap((isTls) =>
  (['reset', 'stall'] as const).flatMap((how) =>
    (['up', 'down'] as const).map((direction) => ({ isTls, how, direction })),
  ),
);
for (const { isTls, how, direction } of cases) {
  const title = `${how === 'reset' ? 'is reset' : 'falls silent'} ${direction === 'up' ? 'on the way there' : 'on the way back'}, ${isTls ? 'with' : 'without'} TLS`;
  test(`a batch comes back whatever the byte after which the connection ${title}`, async () => {
    const way = await line(isTls);
    const whole = await deliverCut(way, null);
    expect(whole.delivery).toEqual({ kind: 'accepted', confirmed: true });
    const total = whole.passage.bytes[direction];
    for (const afterBytes of places(total, whole.greeted[direction])) {
      const { delivery, passage, arrived } = await deliverCut(way, { direction, afterBytes, how });
      const what = `after ${afterBytes} of ${total} bytes, ${arrived.length} lines arrived: ${JSON.stringify(delivery)}`;
      expect(delivery.kind, what).toBe(passage.hasCut() ? 'returned' : 'accepted');
      if (delivery.kind === 'returned') expect(delivery.mayHaveArrived || arrived.length === 0, what).toBe(true);
      else expect([arrived, isTls && afterBytes > total - 32], what).toEqual([someLines(batch), true]); // TLS: some conversations are a little shorter than others
    }
  });
}

describe.each([
  ['without TLS', null, null],
  ['with TLS', { certFile: tlsFile('localhost.crt'), keyFile: tlsFile('localhost.key') }, tlsFile('ca.crt')],
])('a reset right after a reply, %s', (_how, tls, tlsCa) => {
  /**
   * A collector that answers the first `answers` lines with ok, and then replies and resets at
   * once: both are there when the agent reads.
   */
  async function abruptCollector(answers: number, resetsAt: 'line' | 'half-close'): Promise<number> {
    const server = await listen({ host: '127.0.0.1', port: 0, tls }, (connection) => {
      let heard = 0;
      const breakOff = () => {
        connection.write('no\n');
        connection.reset();
      };
      return {
        onData(bytes) {
          heard += 1;
          if (heard <= answers) connection.write('ok\n');
          else if (resetsAt === 'line' && bytes.length > 0) breakOff();
        },
        onEnd: breakOff,
        onClose: () => {},
      };
    });
    if (!server.ok) throw new Error(server.error.detail);
    onTestFinished(server.value.close);
    return server.value.port;
  }

  test.each([
    ['after the half-close', 2, 'half-close'],
    ['while the batch is written', 2, 'line'],
    ['instead of an answer to authenticate', 1, 'line'],
  ] as const)('is a reset and no close in order: %s', async (_when, answers, resetsAt) => {
    const { sink } = instrumentalSink({ port: await abruptCollector(answers, resetsAt), tls: tls !== null }, { tlsCa });
    expect(await sink.deliver(someSamples(5))).toMatchObject({ kind: 'returned', trouble: { kind: 'lost' } });
  });
});
