import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { fakeCollector, tlsFile } from '../helpers/fake-collector.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { fakeProxy } from '../helpers/fake-proxy.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { secretIn, secrets, secretsBelow } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

async function setUp() {
  const collector = await fakeCollector({ tls: 'localhost' });
  const server = await fakeHttpServer();
  const secure = await fakeHttpServer({ tls: 'localhost' });
  const proxy = await fakeProxy({ login: `ann:${secrets.password}` });
  for (const { close } of [collector, server, secure, proxy]) onTestFinished(close);
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho a 1\n');
  const file = join(tempDir(), 'agent.ini');
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state];

  /** Writes the configuration, with this login in front of the proxy's address. */
  function configure(login: string): void {
    const key = `proxy = http://${login}127.0.0.1:${proxy.port}\n`;
    const ca = `tls_ca = ${tlsFile('ca.crt')}\n`;
    writeFileSync(
      file,
      `[agent]\nhostname = h\nreport_interval = 1s\nhost_metrics = no\n[log]\nlevel = trace
[collector]\napi_key = ${secrets.apiKey}\naddress = tls://127.0.0.1:${collector.port}\n${ca}${key}
[sink:influx]\nurl = ${server.url}\ndatabase = d\n${key}
[sink:otlp]\nurl = ${secure.url}\n${ca}${key}`,
      { mode: 0o600 },
    );
  }
  const command = (...words: string[]) => runToEnd([...flags, ...words], { HOME: tempDir() });
  return { collector, server, secure, proxy, home, flags, configure, command };
}

test('check --connect tells what a proxy says, and which one is on the way', async () => {
  const { proxy, configure, command, server } = await setUp();
  const where = `127.0.0.1:${proxy.port}`;
  const asks = `the proxy ${where} asks for a name and a password: proxy = http://USER:PASSWORD@${where}`;
  configure('');
  const refused = await command('check', '--connect');
  expect(refused.status).toBe(1);
  expect(refused.stdout.split('\n').slice(0, 3)).toEqual([
    `problem: instrumental: ${asks}`,
    `problem: influx: ${asks}`,
    `problem: otlp: ${asks}`,
  ]);
  configure(`ann:${secrets.password}@`);
  const { status, stdout } = await command('check', '--connect');
  expect(status).toBe(0);
  expect(stdout.split(' via proxy ').length).toBe(4);
  expect(stdout).toContain(`via proxy ${where}) accepts the agent`);
  expect(server.requests.map(({ body }) => body)).toEqual(['']);
});

test('an agent waits with its samples until it has the login of the proxy, then all sinks get all; no login is shown', async () => {
  const { collector, server, secure, proxy, home, flags, configure, command } = await setUp();
  configure('');
  const agent = startProgram(flags, { env: { HOME: tempDir() } });
  for (const sink of ['instrumental', 'influx', 'otlp'])
    expect((await agent.event('sink.lost', (entry) => entry['sink'] === sink))['detail']).toMatch(/asks for a name/);
  const first = await agent.event('batch.returned', ({ sink }) => sink === 'influx');
  expect(first).toMatchObject({ mayHaveArrived: false });

  configure(`ann:${secrets.password}@`);
  for (const sink of ['instrumental', 'influx', 'otlp'])
    await agent.event('sink.connected', (entry) => entry['sink'] === sink);
  const { stdout } = await command('status', '--json');
  const addresses = JSON.parse(stdout).sinks.map(({ address }: { address: string }) => address);
  expect(addresses).toEqual([
    `127.0.0.1:${collector.port} via proxy 127.0.0.1:${proxy.port}`,
    `${server.url} via proxy 127.0.0.1:${proxy.port}`,
    `${secure.url}/v1/metrics via proxy 127.0.0.1:${proxy.port}`,
  ]);
  expect((await command('status')).stdout).toContain(`via proxy 127.0.0.1:${proxy.port}`);
  agent.process.kill('SIGTERM');
  expect(await agent.exit).toBe(0);
  const times = collector.lines.map((line) => line.split(' ')[3]);
  expect(times.length).toBeGreaterThan(0);
  const atInflux = server.accepted.flatMap(({ body }) =>
    body
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[2]),
  );
  expect(atInflux).toEqual(times);
  expect(proxy.asked.filter((line) => line === `CONNECT 127.0.0.1:${collector.port}`).length).toBeGreaterThan(0);
  expect(secretIn(JSON.stringify(agent.log) + stdout)).toBeNull();
  expect(existsSync(home.state)).toBe(true);
  expect(secretsBelow(home.state)).toEqual([]);
});

test('an agent whose environment names a proxy that it can not use says so, and sends directly', async () => {
  const { server, home } = await setUp();
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, `[sink:influx]\nurl = ${server.url.replace('127.0.0.1', 'influx.invalid')}\ndatabase = d\n`);
  const env = { HOME: tempDir(), all_proxy: `socks5://ann:${secrets.password}@127.0.0.1:1` };
  const { stdout } = await runToEnd(['-f', file, '--state-dir', home.state, 'check'], env);
  expect(stdout).toMatch(/^warning: the environment variable all_proxy is ignored: "socks5:\/\/…@127/);
});

test('a proxy of the environment is used, and its trouble is told with the name of the variable', async () => {
  const { proxy, home } = await setUp();
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, '[sink:influx]\nurl = http://influx.invalid:8086\ndatabase = d\n');
  const env = { HOME: tempDir(), http_proxy: `http://ann:wrong@127.0.0.1:${proxy.port}` };
  const { stdout } = await runToEnd(['-f', file, '--state-dir', home.state, 'check', '--connect'], env);
  expect(stdout).toContain(
    `problem: influx: the proxy 127.0.0.1:${proxy.port} refuses the name and the password from the environment variable http_proxy; correct them`,
  );
  expect(proxy.asked).toEqual(['POST http://influx.invalid:8086/write?db=d&precision=s']);
});
