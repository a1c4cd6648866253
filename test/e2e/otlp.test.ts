import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { type FakeRequest, fakeHttpServer } from '../helpers/fake-http-server.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { jsonOfOtlpProtobuf, otlpResponse } from '../helpers/otlp-protobuf.ts';
import { parseOtlpRequest } from '../helpers/otlp-request.ts';
import { makeHome } from '../helpers/test-daemon.ts';

/** A counter in Prometheus' format that is one more at each run, until it is `MOST`. */
const reads = `#!/bin/sh
count=$(($(cat "$COUNT_FILE") + 1))
[ "$count" -le "$MOST" ] || exit 0
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
  const countTo = (most: number) =>
    writeFileSync(
      file,
      `[agent]\nhost_metrics = no\n[sink:otlp]\nurl = ${server.url}\nencoding = protobuf\n` +
        `[plugin:disks]\nformat = prometheus\nenv.COUNT_FILE = ${count}\nenv.MOST = ${most}\n`,
    );
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-f', file, '-H', 'web1', '-r', '1'];
  const env = { HOME: home.state };
  const counters = (requests: readonly FakeRequest[]) =>
    requests.flatMap(({ bytes }) => parseOtlpRequest(jsonOfOtlpProtobuf(bytes)).described);
  const waitingSamples = async (): Promise<number> =>
    JSON.parse((await runToEnd([...flags, 'status', '--json'], env)).stdout).sinks[0].waitingSamples;

  server.reply('reset');
  countTo(3); // so that no run has counted and is not yet in the spool when the agent is killed
  const first = startProgram(flags, { env });
  await first.event('sink.lost');
  while ((await waitingSamples()) < 3);
  first.process.kill('SIGKILL');
  await first.exit;

  server.reply({ status: 200, body: otlpResponse() });
  countTo(1000);
  startProgram(flags, { env });
  await server.until(({ accepted }) => counters(accepted).some(({ value }) => value > 4));
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
