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
  test(`a collector of another process that closes at once ${title} confirms each of 150 batches the first time`, async () => {
    const collector = startProgram(['collector', '--listen', '127.0.0.1:0', ...flags]);
    await collector.until(() => collector.printed.length >= 1);
    const port = Number(/:(\d+)$/.exec(collector.printed[0] ?? '')?.[1]);
    const apiKey = { key: 'ANY', origin: 'the flag -k' }; // the collector prints it
    const { sink } = instrumentalSink({ port, tls }, { tlsCa: tls ? tlsFile('ca.crt') : null, apiKey });
    const deliveries = [];
    for (let batch = 0; batch < 150; batch += 1) deliveries.push(await sink.deliver(someSamples(3)));
    expect(deliveries).toEqual(Array(150).fill({ kind: 'accepted', confirmed: true }));
    sink.close();
  });
}
