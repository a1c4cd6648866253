import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

/** An agent of the built program on a file that the test writes. */
async function configured(ini: string) {
  const home = makeHome();
  const file = join(tempDir(), 'agent.ini');
  const write = (text: string) => writeFileSync(file, text, { mode: 0o600 });
  write(ini);
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state];
  const env = { HOME: home.state };
  const agent = startProgram(flags, { env });
  await agent.event('daemon.started');
  return { home, file, write, agent, status: (...more: string[]) => runToEnd([...flags, 'status', ...more], env) };
}

test('an interval and a host name that are written into the file are in force without a restart', async () => {
  const { home, write, agent } = await configured('[agent]\nreport_interval = 1h\nhost_metrics = no\n');
  installPlugin(home.scripts, 'two-gauges');
  write('[agent]\nreport_interval = 1s\nhostname = other\nhost_metrics = no\n');
  expect(await agent.event('config.reloaded')).toMatchObject({
    changed: expect.arrayContaining(['[agent] hostname', '[agent] report_interval']),
  });
  await agent.until(() => agent.printed.some((line) => line.startsWith('other.two-gauges.')));
});

test('a file with a mistake is refused whole, told once with its line, shown by status, and over when it is mended', async () => {
  const { file, write, agent, status } = await configured('[agent]\nreport_interval = 1s\n');
  write('[agent]\nreport_interval = 1s\nhostname = other\nhostnam = x\n');
  const problem = `${file}:4: hostnam: there is no such key in [agent]; did you mean hostname?`;
  expect(await agent.event('config.refused')).toMatchObject({ problems: [problem] });
  const shown = await status();
  expect(shown.status).toBe(0);
  expect(shown.stdout).toContain(problem);
  expect(agent.printed.some((line) => line.startsWith('other.'))).toBe(false);
  write('[agent]\nreport_interval = 1s\nhostname = other\n');
  await agent.event('config.reloaded');
  await agent.until(() => agent.printed.some((line) => line.startsWith('other.')));
  expect((await status()).stdout).not.toContain('hostnam:');
  expect(agent.log.filter(({ event }) => event === 'config.refused')).toHaveLength(1);
});

test('a key that is written into the file sends what comes from then on to the collector, and never shows', async () => {
  const collector = await fakeCollector();
  onTestFinished(() => collector.close());
  const base = `[agent]\nreport_interval = 1s\nhost_metrics = no\n[collector]\naddress = tcp://127.0.0.1:${collector.port}\n`;
  const { home, write, agent, status } = await configured(base);
  installPlugin(home.scripts, 'two-gauges');
  await agent.until(() => agent.printed.length > 0);
  write(`${base}api_key = ${secrets.apiKey}\n`);
  await collector.until(() => collector.lines.length > 0);
  expect(collector.connections[0]?.key).toBe(secrets.apiKey);
  expect((await status()).stdout).toMatch(/instrumental +connected/);
});

test('a file that was asked for and is not there is warned of, and read when it appears', async () => {
  const home = makeHome();
  const file = join(tempDir(), 'late.ini');
  const agent = startProgram(['-f', file, '--state-dir', home.state], { env: { HOME: home.state } });
  expect(await agent.event('config.warned')).toMatchObject({
    problem: expect.stringContaining(`${file} does not exist`),
  });
  await agent.event('daemon.started');
  writeFileSync(file, '[agent]\nreport_interval = 7s\n');
  expect(await agent.event('config.reloaded')).toMatchObject({
    changed: expect.arrayContaining(['[agent] report_interval']),
  });
});

test('SIGHUP opens the log anew, and tries again at once what a refusal has put off for half a minute', async () => {
  const log = join(tempDir(), 'agent.log');
  const collector = await fakeCollector();
  onTestFinished(() => collector.close());
  collector.setMode({ refuse: true });
  const home = makeHome();
  const file = join(tempDir(), 'agent.ini');
  const address = `tcp://127.0.0.1:${collector.port}`;
  writeFileSync(
    file,
    `[agent]\nreport_interval = 1s\n[log]\nlocation = ${log}\n[collector]\napi_key = ${secrets.apiKey}\naddress = ${address}\n`,
    { mode: 0o600 },
  );
  const agent = startProgram(['-f', file, '--state-dir', home.state], { env: { HOME: home.state } });
  const told = (event: string) => existsSync(log) && readFileSync(log, 'utf8').includes(`"event":"${event}"`);
  while (!told('sink.refused')) await moment();
  renameSync(log, `${log}.1`);
  collector.setMode({ refuse: false });
  agent.process.kill('SIGHUP');
  await collector.until(() => collector.lines.length > 0);
  expect(existsSync(log)).toBe(true);
  expect(agent.process.exitCode).toBe(null);
});

test('status asks an agent whose file is broken, for the place where it is needed most; without an agent its status is 3', async () => {
  const { write, agent, status } = await configured('[agent]\nreport_interval = 1s\n');
  write('[agent\nnonsense\n');
  await agent.event('config.refused');
  expect(await status('--json')).toMatchObject({ status: 0 });
  agent.process.kill('SIGTERM');
  await agent.exit;
  expect(await status()).toMatchObject({ status: 3, stderr: expect.stringContaining('not running') });
});
