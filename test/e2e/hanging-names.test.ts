import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { fakeCarbon } from '../helpers/fake-carbon.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const canUnshare = process.getuid?.() === 0 && attempt(() => execFileSync('unshare', ['--mount', 'true'])); // for a resolv.conf of its own

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Starts a program that has a file of its own in the place of one of this machine. */
const withOwn = (file: string, place: string) => [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount --bind "$1" "$2" && shift 2 && exec "$@"',
  'sh',
  file,
  place,
];

/** A name server that never answers. Gives its address, and how many questions it has had. */
async function silentNameServer() {
  const address = `127.53.${process.pid % 250}.${(process.pid >> 8) % 250}`;
  const socket = createSocket('udp4');
  const names = new Set<string>();
  socket.on('message', (question) => names.add(question.toString('latin1', 13, 18)));
  socket.bind(53, address);
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { address, names };
}

/**
 * An agent with sinks whose names hang, and Graphite at `localhost`. `options` are those of
 * `resolv.conf`.
 */
async function withHangingNames(sections: string, options: string) {
  const home = makeHome();
  const dir = tempDir();
  const { address, names } = await silentNameServer();
  const carbon = await fakeCarbon();
  onTestFinished(carbon.close);
  const [resolver, file] = [join(dir, 'resolv.conf'), join(dir, 'agent.ini')];
  writeFileSync(resolver, `nameserver ${address}\noptions ${options}\n`);
  writeFileSync(file, `[sink:graphite]\naddress = localhost:${carbon.port}\n${sections}`, { mode: 0o600 });
  installPlugin(home.scripts, 'two-gauges');
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
  const agent = startProgram(flags, { through: withOwn(resolver, '/etc/resolv.conf'), env: { HOME: home.state } });
  await agent.event('daemon.started');
  const arrived = (name: string) => carbon.lines.filter((line) => line.startsWith(name)).length;
  return { home, flags, agent, names, carbon, arrived };
}

test.skipIf(!canUnshare)(
  'while the name server does not answer, three sinks say so, and ticks, host metrics, a sink at a name of /etc/hosts and status go on',
  async () => {
    const { home, flags, agent, names, carbon, arrived } = await withHangingNames(
      '[sink:influx]\nurl = http://second.test:8086\ndatabase = x\n' +
        '[sink:otlp]\nurl = http://third.test:4318\n[collector]\napi_key = any\naddress = tcp://first.test:8000\n',
      'attempts:2',
    );
    const failed = (sink: string) => agent.event('sink.lost', (entry) => entry['sink'] === sink);
    const hint = expect.stringMatching(
      /^the host name \w+\.test of .* \((EAI_AGAIN|ERR_LOOKUP_WAITS)\).* \/etc\/resolv\.conf/,
    );
    for (const sink of ['instrumental', 'influx', 'otlp']) expect(await failed(sink)).toMatchObject({ detail: hint });
    await carbon.until(() => arrived('h.two-gauges.') >= 8 && arrived('h.disk.root.total_mb') >= 4);
    expect(names.size).toBeGreaterThan(0); // none of them was answered
    const { status, stdout } = await runToEnd([...flags, 'status'], { HOME: home.state });
    expect([status, stdout]).toEqual([0, expect.stringContaining('1 of 1 report')]);
  },
);

test.skipIf(!canUnshare)(
  'an agent that is stopped while a name is looked up does not wait for the name server',
  async () => {
    const { agent, names, arrived, carbon } = await withHangingNames(
      '[sink:otlp]\nurl = http://third.test:4318\n',
      'timeout:30 attempts:5', // longer than a test may take
    );
    await carbon.until(() => arrived('h.two-gauges.') >= 2 && names.size > 0);
    expect(names.size).toBe(1);
    agent.process.kill('SIGTERM');
    expect([await agent.exit, agent.log.at(-1)?.event]).toEqual([0, 'daemon.stopped']);
  },
);

const hasIpv6 = existsSync('/proc/net/if_inet6') && readFileSync('/proc/net/if_inet6', 'utf8').includes(' lo');

for (const [what, name, isSkipped] of [
  ['its address', null, !hasIpv6],
  ['a name that has no other', 'only6.test', !hasIpv6 || !canUnshare], // only root can have an /etc/hosts of its own
] as const)
  test.skipIf(isSkipped)(`a collector that is reached by IPv6 only gets its samples: by ${what}`, async () => {
    const home = makeHome();
    const hosts = join(tempDir(), 'hosts');
    writeFileSync(hosts, '::1 only6.test\n');
    const collector = await fakeCollector({ host: '::1' });
    onTestFinished(collector.close);
    installPlugin(home.scripts, 'two-gauges');
    const target = `tcp://${name ?? '[::1]'}:${collector.port}`;
    const flags = [
      '-e',
      '-s',
      home.scripts,
      '--state-dir',
      home.state,
      '-r',
      '1',
      '-H',
      'h',
      '-k',
      'any',
      '-c',
      target,
    ];
    startProgram(flags, { env: { HOME: home.state }, through: name === null ? [] : withOwn(hosts, '/etc/hosts') });
    await collector.until(({ lines }) => lines.some((line) => line.startsWith('gauge h.two-gauges.')));
  });
