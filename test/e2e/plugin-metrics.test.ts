import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { fakeCarbon } from '../helpers/fake-carbon.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { parseLineProtocol } from '../helpers/line-protocol.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

test('InfluxDB gets the metrics of each plugin with labels, Graphite gets them by dotted names', async () => {
  const home = makeHome();
  const [good, changed] = ['#!/bin/sh\necho x 1\n', '#!/bin/sh\necho x 2\n'];
  writePlugin(home.scripts, 'good.sh', good);
  const [influx, carbon] = [await fakeHttpServer(), await fakeCarbon()];
  onTestFinished(async () => {
    await Promise.all([influx.close(), carbon.close()]);
  });
  const file = join(home.state, '..', 'agent.ini');
  writeFileSync(
    file,
    `[agent]\nhost_metrics = no\nplugin_metrics = yes\n[sink:influx]\nurl = ${influx.url}\ndatabase = d\n` +
      `[sink:graphite]\naddress = tcp://127.0.0.1:${carbon.port}\n`,
    { mode: 0o600 },
  );
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-H', 'h', '-r', '1'];
  startProgram(flags, { env: { HOME: home.state } });

  /** `X{LABELS} VALUE`, of all that was accepted. */
  const points = () =>
    influx.accepted.flatMap(({ body }) =>
      parseLineProtocol(body).flatMap(({ measurement, tags: { host, ...tags }, value }) => {
        const name = /^instrument_server_plugin_(.*)/.exec(measurement)?.[1];
        return name === undefined || host !== 'h' ? [] : [`${name}${JSON.stringify(tags)} ${value}`];
      }),
    );
  const pointed = (...all: readonly string[]) => influx.until(() => all.every((one) => points().includes(one)));

  const label = { plugin: 'good' };
  const point = (name: string, value: number, more: object = {}) =>
    `${name}${JSON.stringify({ ...label, ...more })} ${value}`;
  await pointed(
    point('up', 1),
    point('state', 1, { state: 'ok' }),
    point('exit_status', 0),
    point('samples', 1),
    point('info', 1, { script_hash: hashOf(good) }),
  );
  writePlugin(home.scripts, 'good.sh', changed);
  await pointed(point('info', 0, { script_hash: hashOf(good) }), point('info', 1, { script_hash: hashOf(changed) }));
  writePlugin(home.scripts, 'bad.sh', '#!/bin/sh\nexit 3\n');
  await pointed(
    'up{"plugin":"bad"} 0',
    'state{"plugin":"bad","reason":"exit-status","state":"failing"} 1',
    'exit_status{"plugin":"bad"} 3',
  );
  rmSync(join(home.scripts, 'good.sh'));
  await pointed(point('up', 0), point('state', 0, { state: 'ok' }), point('info', 0, { script_hash: hashOf(changed) }));

  const dotted = (name: string) => carbon.lines.some((line) => line.startsWith(`h.instrument_server.plugin.${name}`));
  await carbon.until(() => dotted('good.up 0') && dotted('bad.state.failing 1'));
  expect([dotted('good.up 1'), dotted('good.state.ok 1'), dotted('good.duration_seconds')]).toEqual([true, true, true]);
  expect(carbon.lines.filter((line) => line.includes('.info'))).toEqual([]);
});
