import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pageText } from '../helpers/pages.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

/** A home and the words that check it. */
function checked(ini = '') {
  const home = makeHome();
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, ini, { mode: 0o600 });
  const flags = ['-f', file, '-e', '-s', home.scripts, '--state-dir', home.state];
  const check = (...more: string[]) => runToEnd([...flags, 'check', ...more], { HOME: tempDir() });
  return { home, file, check };
}

test('a good configuration is said to be good, with status 0, and nothing is made or run', async () => {
  const { home, check } = checked();
  const ran = join(tempDir(), 'ran');
  writePlugin(home.scripts, 'p', `#!/bin/sh\ntouch '${ran}'\n`);
  expect(await check()).toEqual({ status: 0, stdout: 'good: 1 script', stderr: '' });
  expect([existsSync(ran), existsSync(home.state)]).toEqual([false, false]);
  expect(readdirSync(home.scripts)).toEqual(['p']);
});

test('a default script directory that is missing is no problem, for a start makes it; check does not', async () => {
  const home = tempDir();
  expect(await runToEnd(['-e', '--state-dir', join(home, 'state'), 'check'], { HOME: home })).toMatchObject({
    status: 0,
  });
  expect(readdirSync(home)).toEqual([]);
});

test('all problems are told at once, each with its place, and the status is 1', async () => {
  const { file, check } = checked('[agent]\nhostnam = a\n[collectr]\n[scripts]\nmax_output = lots\n');
  const { status, stdout } = await check();
  expect(status).toBe(1);
  const lines = stdout.split('\n');
  expect(lines.filter((line) => line.startsWith(`problem: ${file}:`))).toHaveLength(3);
  expect(lines[0]).toBe(`problem: ${file}:2: hostnam: there is no such key in [agent]; did you mean hostname?`);
  expect(lines.at(-1)).toBe('not good: 3 problems, 0 warnings');
});

test('a directory, a state directory and a log that could not be used are problems too', async () => {
  const log = join(tempDir(), 'no', 'agent.log');
  const { home, check } = checked(`[log]\nlocation = ${log}\n`);
  chmodSync(home.scripts, 0o755);
  mkdirSync(home.state);
  chmodSync(home.state, 0o755);
  const { status, stdout } = await check();
  chmodSync(home.state, 0o700);
  expect(status).toBe(1);
  expect(stdout).toMatch(/scripts has mode 0755: .*; chmod 0700 '/);
  expect(stdout).toMatch(/the state directory .* has mode 0755, .*; chmod 0700 '/);
  expect(stdout).toContain(`problem: the log file ${log} can't be opened: its folder is missing; mkdir -p '`);
});

test('a pid file that could not be made is a problem, as it is at a start', async () => {
  const { check } = checked();
  expect(await check('-p', '/no/such/x.pid')).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^problem: the pid file \/no\/such\/x\.pid .*mkdir -p '\/no\/such'$/m),
  });
  expect(await check('-p', '/dev/null')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('the pid file /dev/null'),
  });
});

test('a file that was asked for and is not there is a problem, though an agent would run without it', async () => {
  expect(
    await runToEnd(['-f', '/no/such.ini', '--state-dir', join(tempDir(), 's'), 'check'], { HOME: tempDir() }),
  ).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('problem: -f: /no/such.ini does not exist'),
  });
});

test('a rejected script and a collision are warnings, which count with --strict alone', async () => {
  const { home, check } = checked();
  installPlugin(home.scripts, 'two-gauges', { as: 'a.sh' });
  installPlugin(home.scripts, 'two-gauges', { as: 'a.rb' });
  installPlugin(home.scripts, 'two-gauges', { as: 'open', mode: 0o755 });
  const { status, stdout } = await check();
  expect(status).toBe(0);
  expect(stdout).toMatch(/^warning: open has mode 0755: .*; chmod 0700 '.*open'$/m);
  expect(stdout).toMatch(
    /^warning: .*a\.rb' and .*a\.sh' report under the same name a, .*; mv -n '.*a\.sh' '.*a_sh\.sh'$/m,
  );
  expect(stdout).toMatch(/^good: 2 scripts; 2 warnings$/m);
  expect((await check('--strict')).status).toBe(1);
});

test('a script whose name is that of host metrics is a warning, unless these are off', async () => {
  for (const [ini, warnings] of [
    ['', 2],
    ['[agent]\nhost_metrics = false\n', 0],
  ] as const) {
    const { home, check } = checked(ini);
    for (const as of ['cpu.sh', 'disk.root.sh', 'cpus.sh']) installPlugin(home.scripts, 'two-gauges', { as });
    const { status, stdout } = await check();
    expect(status).toBe(0);
    expect(stdout.match(/^warning: /gm) ?? []).toHaveLength(warnings);
    if (warnings > 0)
      expect(stdout).toContain(
        `warning: ${home.scripts}/cpu.sh reports under the name cpu, as host metrics do; where both have a metric, ` +
          "the host's is sent and the script's is not; rename it, or set host_metrics = false under [agent]\n",
      );
  }
});

test('nothing in the name of a script acts on the terminal', async () => {
  const { home, check } = checked();
  installPlugin(home.scripts, 'two-gauges', { as: 'a\u001b[2J.sh', mode: 0o755 });
  installPlugin(home.scripts, 'two-gauges', { as: 'b\u001b[2J.sh' });
  installPlugin(home.scripts, 'two-gauges', { as: 'b\u001b[2J.rb' });
  const { stdout } = await check();
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(stdout).toMatch(/^warning: a\\x1b\[2J\.sh has mode 0755/m);
});

test('--json says the same for a program', async () => {
  const { home, check } = checked('[agent]\nhostnam = a\n');
  installPlugin(home.scripts, 'two-gauges', { mode: 0o600 });
  const bad = await check('--json');
  expect(bad.status).toBe(1);
  expect(JSON.parse(bad.stdout)).toEqual({
    format: 1,
    isGood: false,
    problems: [expect.stringMatching(/:2: hostnam: /)],
    warnings: [],
    sinks: null,
    checkedAs: null,
  });
  const good = checked();
  installPlugin(good.home.scripts, 'two-gauges', { mode: 0o600 });
  expect(JSON.parse((await good.check('--json')).stdout)).toEqual({
    format: 1,
    isGood: true,
    problems: [],
    warnings: [expect.stringMatching(/mode 0600/)],
    sinks: null,
    checkedAs: null,
  });
});

test('docs/status.md names every field of the document of a check, and no other', async () => {
  const busy = await fakeHttpServer();
  onTestFinished(() => busy.close());
  busy.reply({ status: 429, headers: { 'retry-after': '7' } });
  const { check } = checked(`[sink:influx]\nurl = http://127.0.0.1:${busy.port}\ndatabase = d\n`);
  const { sinks, ...document } = JSON.parse((await check('--connect', '--json')).stdout);
  const [{ trouble, ...sink }] = sinks;
  const paths = (of: object, path: string) => Object.keys(of).map((name) => path + name);
  const section = /^## The answer of `check`$(.*?)^## /ms.exec(pageText('docs/status.md'))?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)` /gm)].map(([, field]) => field);
  expect(rows.toSorted()).toEqual(
    [
      ...paths({ ...document, sinks }, ''),
      ...paths({ ...sink, trouble }, 'sinks[].'),
      ...paths(trouble, 'sinks[].trouble.'),
    ].toSorted(),
  );
});

test('--connect asks the collector with the key: it accepts or refuses the agent, or is not there', async () => {
  const collector = await fakeCollector();
  onTestFinished(() => collector.close());
  const { port } = collector;
  const { check } = checked(`[collector]\napi_key = ${secrets.apiKey}\naddress = tcp://127.0.0.1:${port}\n`);
  expect(await check('--connect')).toMatchObject({
    status: 0,
    stdout: `good: 0 scripts, instrumental (127.0.0.1:${port}) accepts the agent`,
  });
  expect(collector.connections).toMatchObject([{ key: secrets.apiKey, lines: [] }]);
  collector.setMode({ refuse: true });
  const refused = await check('--connect');
  expect(refused).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^problem: instrumental: 127.0.0.1:\d+ .*refuse.*agent\.ini:2/),
  });
  await collector.close();
  expect(await check('--connect')).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^problem: instrumental: .*ECONNREFUSED/),
  });
  const { sinks } = JSON.parse((await check('--connect', '--json')).stdout);
  expect(sinks).toMatchObject([
    { sink: 'instrumental', trouble: { kind: 'lost', detail: expect.stringContaining('ECONNREFUSED'), commands: [] } },
  ]);
  expect((await check()).status).toBe(0); // without --connect no sink is asked
});

test('--connect without a key and without a sink warns that there is nobody to ask', async () => {
  const { check } = checked();
  expect(await check('--connect')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^warning: without a key .* -k KEY/),
  });
  expect((await check('--connect', '--strict')).status).toBe(1);
});

test('--connect asks the other sinks too, without a sample', async () => {
  const server = await fakeHttpServer();
  onTestFinished(() => server.close());
  const { check } = checked(`[sink:influx]\nurl = http://127.0.0.1:${server.port}\ndatabase = d\n`);
  expect(await check('--connect')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('influx (http://127.0.0.1:'),
  });
  expect(server.requests.map(({ body }) => body)).toEqual(['']);
});
