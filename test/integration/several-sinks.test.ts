import { describe, expect, test } from 'vitest';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { carbonProgram, makeCarbon } from './servers/carbon.ts';
import { influxdProgram, makeInfluxd } from './servers/influxd.ts';
import { oddValues } from './servers/readings.ts';
import { freePorts, until } from './servers/server.ts';
import { makeHome, nowS, titleOf } from './set-up.ts';

const programs = { 'carbon-cache': carbonProgram, influxd: influxdProgram };
const isMissing = Object.values(programs).includes(null);

describe.skipIf(isMissing)(titleOf('several sinks at once', programs), () => {
  test('each get everything, one that is down holds up no other, and gets it when it is up', async () => {
    const influx = await makeInfluxd();
    const influxd = await influx.start();
    const graphite = await makeCarbon();
    const collector = await fakeCollector();
    const [nobody = 0] = await freePorts(1);
    const atS = nowS() - 600;
    const home = makeHome();
    home.print(oddValues.map(([text], index) => `v${index} ${text} ${atS}`));
    const agent = home.start(`[collector]
api_key = abc
address = tcp://127.0.0.1:${collector.port}
[sink:graphite]
address = 127.0.0.1:${graphite.port}
[sink:influx]
url = ${influx.url}
database = metrics
[sink:otlp]
url = http://127.0.0.1:${nobody}
`);
    await collector.waitForLines(oddValues.length);
    await collector.close();
    const arrived = async (index: number) => (await influxd.read(`probe.v${index}`, 'web-1')).length > 0;
    for (const index of oddValues.keys()) await until(() => arrived(index), Boolean);
    await agent.event('sink.lost', ({ sink }) => sink === 'graphite');
    await agent.event('sink.lost', ({ sink }) => sink === 'otlp');

    const carbon = await graphite.start();
    for (const [index, [, value]] of oddValues.entries()) {
      const read = () => carbon.read(`web-1.probe.v${index}`, atS, atS);
      expect(await until(read, (readings) => readings.length > 0)).toEqual([[atS, value]]);
      expect(await influxd.read(`probe.v${index}`, 'web-1')).toEqual([[atS, value]]);
    }
    expect(collector.lines.map((line) => line.split(' ').slice(1, 4))).toEqual(
      oddValues.map(([, value], index) => [
        `web-1.probe.v${index}`,
        Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString(),
        String(atS),
      ]),
    );
  });
});
