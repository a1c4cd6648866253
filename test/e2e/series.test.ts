import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MetricHistory, MetricStatus } from '../../src/model/metric.ts';
import { metricName, unixSeconds } from '../../src/model/sample.ts';
import type { Series } from '../../src/model/series.ts';
import { startProgram } from '../helpers/agent.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { openIn } from '../store/set-up.ts';

test('labels, kind and unit of what waits in the spool are shown by the agent that finds it there', async () => {
  const home = makeHome();
  const atS = unixSeconds(Date.now() / 1000 - 60); // before the start of the agent, which is a mark of its own
  const series: Series = { family: 'disk_bytes', labels: [['mount', '/größe "1"']], kind: 'counter', unit: 'B' };
  const metric = metricName('web1.p.disk_bytes.mount._gr__e__1_');
  const former = openIn(home.state, {
    sinks: [],
    startMs: atS * 1000,
    history: { keptForS: 7 * 86_400, maxSizeBytes: 1e8, keepsLatest: true },
  });
  former.store.append([
    { metric, value: 7, atS, series },
    { metric: metricName('web1.p.load'), value: 0.5, atS },
  ]);
  former.close();
  const file = join(home.state, '..', 'agent.ini');
  writeFileSync(file, '[dashboard]\nmetrics = yes\n');
  const agent = startProgram(
    ['-f', file, '-s', home.scripts, '--state-dir', home.state, '-H', 'web1', '--dashboard', '127.0.0.1:0'],
    { env: { HOME: home.state } },
  );
  const link = new URL(String((await agent.event('dashboard.started'))['url']));
  const headers = { authorization: `Bearer ${link.searchParams.get('token')}` };
  const get = async (path: string) => (await fetch(`${link.origin}/${path}`, { headers })).text();
  const metrics: readonly MetricStatus[] = JSON.parse(await get('metrics.json?prefix=web1.p.'));
  expect(metrics).toStrictEqual([
    { metric, lastAtS: atS, lastValue: 7, series },
    { metric: 'web1.p.load', lastAtS: atS, lastValue: 0.5 },
  ]);
  const historyOf = async (name: string): Promise<MetricHistory> =>
    JSON.parse(await get(`history.json?metric=${name}&from=${atS}&to=${atS}`));
  expect(await historyOf(metric)).toMatchObject({ unit: 'B', points: [[atS, 7, 7, 7]] });
  expect(await historyOf('web1.p.load')).toStrictEqual({
    metric: 'web1.p.load',
    fromS: atS,
    toS: atS,
    stepS: 0,
    points: [[atS, 0.5, 0.5, 0.5]],
  });
  const exported = await get('metrics');
  expect(exported).toContain('# TYPE disk_bytes counter\ndisk_bytes{mount="/größe \\"1\\"",host="web1"} 7\n');
  expect(exported).toContain('# TYPE p_load gauge\np_load{host="web1",metric="web1.p.load"} 0.5\n');
});
