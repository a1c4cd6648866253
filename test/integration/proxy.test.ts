import { describe, expect, onTestFinished, test } from 'vitest';
import { fakeCollector, tlsFile } from '../helpers/fake-collector.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { influxdProgram, makeInfluxd } from './servers/influxd.ts';
import { until } from './servers/server.ts';
import { startTinyproxy, tinyproxyProgram } from './servers/tinyproxy.ts';
import { makeHome, nowS, titleOf } from './set-up.ts';

const programs = { tinyproxy: tinyproxyProgram, influxd: influxdProgram };
const isMissing = Object.values(programs).includes(null);

describe.skipIf(isMissing)(titleOf('through tinyproxy', programs), () => {
  test.each([
    ['without a login', null],
    ['with a login', 'ann p4ss'],
  ])('each sink gets every sample, %s', async (_what, login) => {
    const port = await startTinyproxy(login);
    const { key, sections, collector, secure, influxd } = await makeServers();
    const atS = nowS() - 600;
    const home = makeHome();
    const lines = Array.from({ length: 500 }, (_, index) => `v${index} ${index} ${atS}`);
    home.print(lines);
    const agent = home.start(sections(key(`${login === null ? '' : `${login.replace(' ', ':')}@`}127.0.0.1:${port}`)));
    await collector.waitForLines(500);
    expect(collector.lines.map((line) => line.split(' ').slice(1, 4))).toEqual(
      lines.map((line) => `web-1.probe.${line}`.split(' ')),
    );
    for (const sink of ['instrumental', 'influx', 'otlp'])
      await agent.event('batch.sent', (entry) => entry['sink'] === sink && entry['samples'] === 500);
    expect(
      await until(
        () => influxd.read('probe.v499', 'web-1'),
        (readings) => readings.length > 0,
      ),
    ).toEqual([[atS, 499]]);
    expect(secure.accepted.filter(({ body }) => body.includes('"probe.v499"')).length).toBe(1);
    expect(agent.log.filter(({ event }) => event === 'sink.lost')).toEqual([]);
  });

  test('a login that is missing is told as what it is, and nothing is lost', async () => {
    const port = await startTinyproxy('ann p4ss');
    const { key, sections, collector } = await makeServers();
    const home = makeHome();
    home.print(['a 1']);
    const agent = home.start(sections(key(`127.0.0.1:${port}`)));
    for (const sink of ['instrumental', 'influx', 'otlp'])
      expect((await agent.event('sink.lost', (entry) => entry['sink'] === sink))['detail']).toBe(
        `the proxy 127.0.0.1:${port} asks for a name and a password: proxy = http://USER:PASSWORD@127.0.0.1:${port}`,
      );
    expect(collector.connections).toEqual([]);
    agent.process.kill('SIGTERM');
    expect((await agent.event('daemon.stopped'))['samplesLeft']).toBe(1);
  });

  test('a server that is down is told as what the proxy answers', async () => {
    const port = await startTinyproxy(null);
    const { key, sections, collector, secure } = await makeServers();
    const where = `127.0.0.1:${collector.port}`;
    await collector.close();
    await secure.close();
    const home = makeHome();
    home.print(['a 1']);
    const agent = home.start(sections(key(`127.0.0.1:${port}`)));
    expect((await agent.event('sink.lost', ({ sink }) => sink === 'instrumental'))['detail']).toMatch(
      new RegExp(
        `^the proxy 127.0.0.1:${port} answered 500 \\("Unable to connect"\\) to CONNECT ${where}; it does not`,
      ),
    );
    expect((await agent.event('sink.lost', ({ sink }) => sink === 'otlp'))['detail']).toMatch(
      new RegExp(`^the proxy 127.0.0.1:${port} answered 500 `),
    );
  });
});

async function makeServers() {
  const influx = await makeInfluxd();
  const influxd = await influx.start();
  const collector = await fakeCollector({ tls: 'localhost' });
  const secure = await fakeHttpServer({ tls: 'localhost' });
  onTestFinished(collector.close);
  onTestFinished(secure.close);
  const ca = `tls_ca = ${tlsFile('ca.crt')}\n`;
  const key = (address: string) => `proxy = http://${address}\n`;
  const sections = (proxy: string) => `[collector]
api_key = abc
address = tls://127.0.0.1:${collector.port}
${ca}${proxy}
[sink:influx]
url = ${influx.url}
database = metrics
compression = gzip
${proxy}
[sink:otlp]
url = ${secure.url}
${ca}${proxy}`;
  return { key, sections, collector, secure, influxd };
}
