import { afterEach, expect, test } from 'vitest';
import type { ProxySettings } from '../../src/model/config.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { secrets } from '../helpers/secrets.ts';
import { influxSink, otlpSink, prometheusSink, type SinkUnderTest, someSamples } from './set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test.each<[string, (url: string, proxy: ProxySettings) => SinkUnderTest]>([
  ['influx', (url, proxy) => influxSink(url, { proxy })],
  ['otlp', (url, proxy) => otlpSink(url, { proxy })],
  ['prometheus', (url, proxy) => prometheusSink(url, { proxy })],
])('%s: nothing that is said of an answer holds the login to the proxy that gave it', async (_name, sinkOf) => {
  const proxy = await fakeHttpServer();
  const login = { username: 'ann', password: secrets.password };
  const settings = { host: '127.0.0.1', port: Number(new URL(proxy.url).port), login, origin: '/etc/x.ini:9' };
  const { sink, events } = sinkOf('http://server.invalid/write', settings);
  closers.push(proxy.close, sink.close);
  proxy.reply(({ headers }) => ({
    status: 502,
    body: `no way for ${headers['proxy-authorization']}, which is ann:${secrets.password}`,
  }));
  const delivery = await sink.deliver(someSamples(1));
  const said = JSON.stringify([delivery, events]);
  expect(said).toContain('no way for Basic ***, which is ann:***');
  expect(said).not.toContain(secrets.password);
});
