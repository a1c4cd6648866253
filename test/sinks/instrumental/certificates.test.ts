import { expect, onTestFinished, test } from 'vitest';
import { fakeCollector, tlsFile } from '../../helpers/fake-collector.ts';
import { instrumentalSink, someSamples } from '../set-up.ts';

// sink.test.ts has the others: an unknown authority, and another name.
test.each([
  [
    'that has expired',
    'expired',
    'expired',
    /has expired \(CERT_HAS_EXPIRED\); it must be renewed there, or the clock here is wrong$/,
  ],
  [
    'that is not valid yet',
    'not-yet',
    'not-yet',
    /is not valid yet \(CERT_NOT_YET_VALID\); is the clock here right\?$/,
  ],
  [
    'that is signed by itself',
    'self-signed',
    'ca',
    /is signed by itself and by no known authority \(DEPTH_ZERO_SELF_SIGNED_CERT\); .* tls_ca$/,
  ],
  [
    'that is signed by itself, without a CA file',
    'self-signed',
    null,
    /is signed by itself .* \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
  ],
])(
  'a certificate %s is refused with the reason, before anything is sent, and the batch comes back',
  async (_what, tls, ca, reason) => {
    const collector = await fakeCollector({ tls });
    onTestFinished(collector.close);
    const { sink, events } = instrumentalSink(
      { port: collector.port, tls: true },
      { tlsCa: ca === null ? null : tlsFile(`${ca}.crt`) },
    );
    const delivery = await sink.deliver(someSamples(1));
    expect(delivery).toMatchObject({
      kind: 'returned',
      mayHaveArrived: false,
      trouble: { kind: 'lost', commands: [], sentence: expect.stringMatching(reason) },
    });
    expect(delivery).toMatchObject({
      trouble: { sentence: expect.stringContaining(`the certificate of 127.0.0.1:${collector.port} `) },
    });
    expect(events).toEqual([]);
    expect(collector.connections.filter(({ hello }) => hello !== null)).toEqual([]);
  },
);

test('the batch that a bad certificate held back is delivered once the collector shows a good one', async () => {
  const bad = await fakeCollector({ tls: 'expired' });
  const { sink } = instrumentalSink({ port: bad.port, tls: true }, { tlsCa: tlsFile('ca.crt') });
  expect(await sink.deliver(someSamples(3))).toMatchObject({ kind: 'returned' });
  await bad.close();
  const good = await fakeCollector({ tls: 'localhost', port: bad.port });
  onTestFinished(good.close);
  expect(await sink.deliver(someSamples(3))).toEqual({ kind: 'accepted', confirmed: true });
  expect(good.lines).toHaveLength(3);
});
