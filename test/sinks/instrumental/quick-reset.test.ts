import { expect, test } from 'vitest';
import { startProgram } from '../../helpers/agent.ts';
import { tlsFile } from '../../helpers/fake-collector.ts';
import { instrumentalSink, someSamples } from '../set-up.ts';

const ways = [
  { title: 'over TCP', flags: [], tls: false },
  {
    title: 'over TLS',
    flags: ['--tls-cert', tlsFile('localhost.crt'), '--tls-key', tlsFile('localhost.key')],
    tls: true,
  },
];
for (const { title, flags, tls } of ways) {
  // The reset of another process comes at any moment, even between two steps of this one.
  test(`a collector of another process that resets the connection ${title} is noticed, and confirms none of 300 batches`, async () => {
    const collector = startProgram(['collector', '--listen', '127.0.0.1:0', '--reset-after', '50', ...flags]);
    await collector.until(() => collector.printed.length >= 1);
    const port = Number(/:(\d+)$/.exec(collector.printed[0] ?? '')?.[1]);
    const apiKey = { key: 'ANY', origin: 'the flag -k' }; // the collector prints it
    const { sink } = instrumentalSink({ port, tls }, { tlsCa: tls ? tlsFile('ca.crt') : null, apiKey });
    const heard = {
      kind: 'returned',
      trouble: { kind: 'lost', commands: [], sentence: expect.stringContaining('was reset by the other side') },
    };
    for (let batch = 0; batch < 300; batch += 1) expect(await sink.deliver(someSamples(200))).toMatchObject(heard);
    sink.close();
  });
}
