import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { type FakeRequest, fakeHttpServer } from '../helpers/fake-http-server.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { jsonOfOtlpProtobuf, otlpResponse } from '../helpers/otlp-protobuf.ts';
import { parseOtlpRequest } from '../helpers/otlp-request.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

/** A counter in Prometheus' format that is one more at each run. */
const reads = `#!/bin/sh
count=$(($(cat "$COUNT_FILE") + 1))
echo "$count" > "$COUNT_FILE"
printf '# TYPE reads counter\\n# UNIT reads bytes\\nreads{device="sda"} %d\\n' "$count"
`;

test('a counter that goes to OTLP in protobuf arrives after an outage and a kill -9, and says when it began', async () => {
  const home = makeHome();
  const server = await fakeHttpServer();
  onTestFinished(server.close);
  const count = join(home.state, '..', 'count');
  writeFileSync(count, '0\n');
  writePlugin(home.scripts, 'disks', reads);
  const file = join(home.state, '..', 'agent.ini');
  writeFileSync(
    file,
    `[agent]\nhost_metrics = no\n[sink:otlp]\nurl = ${server.url}\nencoding = protobuf\n` +
      `[plugin:disks]\nformat = prometheus\nenv.COUNT_FILE = ${count}\n`,
  );
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-f', file, '-H', 'web1', '-r', '1'];
  const start = () => startProgram(flags, { env: { HOME: home.state } });
  const counters = (requests: readonly FakeRequest[]) =>
    requests.flatMap(({ bytes }) => parseOtlpRequest(jsonOfOtlpProtobuf(bytes)).described);

  const counted = () => Number(readFileSync(count, 'utf8'));

  server.reply('reset');
  const first = start();
  await first.event('sink.lost');
  while (counted() < 3) await moment();
  first.process.kill('SIGKILL');
  await first.exit;
  const before = counted();

  server.reply({ status: 200, body: otlpResponse() });
  start();
  await server.until(({ accepted }) => counters(accepted).some(({ value }) => value > before + 1));
  const arrived = counters(server.accepted);
  expect(arrived.map(({ value }) => value)).toEqual(arrived.map((_, index) => index + 1));
  expect(server.accepted.every(({ headers }) => headers['content-type'] === 'application/x-protobuf')).toBe(true);
  for (const point of arrived)
    expect(point).toMatchObject({
      name: 'reads',
      unit: 'bytes',
      kind: 'sum 2 true',
      attributes: { device: 'sda', plugin: 'disks' },
      startNs: arrived[0]?.atNs,
    });
});
