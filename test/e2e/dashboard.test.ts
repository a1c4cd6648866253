import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MetricHistory } from '../../src/model/metric.ts';
import type { PluginAnswer, Status, StatusChange } from '../../src/model/status.ts';
import { startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { type PrintedLogEntry, spawnProgram } from '../helpers/program.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';

const linkOf = (entry: PrintedLogEntry) => String(entry['url']);

/** An agent of the built program with the page, and ways to ask it with the token. */
async function served(home: Home, flags: readonly string[] = [], env: Record<string, string> = {}) {
  const agent = startProgram(
    [
      '-e',
      '-s',
      home.scripts,
      '--state-dir',
      home.state,
      '-r',
      '1',
      '-H',
      'web1',
      '--dashboard',
      '127.0.0.1:0',
      ...flags,
    ],
    {
      env: { HOME: home.state, ...env },
    },
  );
  const link = linkOf(await agent.event('dashboard.started'));
  const base = link.replace(/\?.*/, '');
  const token = new URL(link).searchParams.get('token') ?? '';
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  async function json<Document>(path: string): Promise<Document> {
    const document: Document = JSON.parse(await (await get(path)).text());
    return document;
  }
  return { agent, link, base, token, get, json };
}

/** Asks under another Host, which fetch does not let one set. */
function statusUnder(base: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${base}status.json`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

/** Reads server-sent events until one fits. */
async function eventThat<Data>(response: Response, name: string, fits: (data: Data) => boolean): Promise<Data> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = new RegExp(`^event: ${name}\\ndata: (.*)$`, 's').exec(block)?.[1];
      if (data === undefined) continue;
      const parsed: Data = JSON.parse(data);
      if (fits(parsed)) return parsed;
    }
  }
  throw new Error('the stream ended before');
}

test('the link leads to the page; without its token, under another name or from another page nothing is told', async () => {
  const { link, base, token, get } = await served(makeHome());
  const entered = await fetch(link, { redirect: 'manual' });
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await fetch(base, { headers: { cookie } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('/web/app.js');
  for (const file of ['web/app.js', 'web/app.css']) expect((await get(file)).status).toBe(200);
  expect(await statusUnder(base, {})).toBe(401);
  expect(await statusUnder(base, { authorization: `Bearer ${token}` })).toBe(200);
  expect(await statusUnder(base, { authorization: `Bearer ${token}`, host: 'evil.example' })).toBe(403);
  expect(await statusUnder(base, { authorization: `Bearer ${token}`, origin: 'http://evil.example' })).toBe(403);
});

test('/events tells of a plugin that is dropped in, and that it is rejected after a chmod', async () => {
  const home = makeHome();
  const { get } = await served(home);
  const events = await get('events');
  const dropped = eventThat<StatusChange>(events, 'change', ({ plugins }) =>
    plugins.some(({ file, state }) => file === 'late' && state === 'ok'),
  );
  installPlugin(home.scripts, 'two-gauges', { as: 'late' });
  await dropped;
  const again = await get('events');
  const rejected = eventThat<StatusChange>(again, 'change', ({ plugins }) =>
    plugins.some(({ file, state }) => file === 'late' && state === 'rejected'),
  );
  installPlugin(home.scripts, 'two-gauges', { as: 'late', mode: 0o755 });
  const change = await rejected;
  expect(change.plugins.find(({ file }) => file === 'late')?.reasons[0]?.explanation).toMatch(/mode 0755.*chmod 0700/);
});

test("a metric's history ends with its last sample, over a restart and a kill -9, and the link stays the same", async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'counts');
  const first = await served(home);
  const read = ({ json }: typeof first) =>
    json<MetricHistory>(`history.json?metric=web1.counts.runs&from=${0}&to=${4e9}`);
  const ran = (agent: typeof first.agent, count: number) =>
    agent.until(() => agent.printed.filter((line) => line.startsWith('web1.counts.runs ')).length >= count);
  await ran(first.agent, 3);
  const before = await read(first);
  const printed = first.agent.printed
    .filter((line) => line.startsWith('web1.counts.runs '))
    .map((line) => line.split(' ').slice(1).map(Number));
  expect(before.points.slice(0, 3).map(([atS, mean]) => [mean, atS])).toEqual(printed.slice(0, 3));
  expect(before).toMatchObject({ metric: 'web1.counts.runs', stepS: 0 });
  first.agent.process.kill('SIGKILL');
  await first.agent.exit;
  const second = await served(home);
  expect(second.token).toBe(first.token);
  await ran(second.agent, 1);
  const after = await read(second);
  expect(after.points.slice(0, before.points.length)).toEqual(before.points);
  expect(after.points.length).toBeGreaterThan(before.points.length);
});

test('with history = 0 there is none, and it says what to type; /metrics is there when it is asked for', async () => {
  const home = makeHome();
  const file = join(home.state, '..', 'agent.ini');
  writeFileSync(file, '[dashboard]\nhistory = 0\n');
  installPlugin(home.scripts, 'two-gauges');
  const { agent, get } = await served(home, ['-f', file]);
  const none = await get('history.json?metric=x&from=0&to=1');
  expect([none.status, await none.text()]).toEqual([
    404,
    expect.stringContaining('set history = 7d under [dashboard]'),
  ]);
  expect((await get('metrics')).status).toBe(404);
  writeFileSync(file, '[dashboard]\nhistory = 0\nmetrics = yes\n');
  await agent.event('config.reloaded');
  const runs = agent.printed.length;
  await agent.until(() => agent.printed.slice(runs).some((line) => line.startsWith('web1.two-gauges.')));
  expect(await (await get('metrics')).text()).toMatch(
    /^two_gauges_load\{host="web1",metric="web1\.two-gauges\.load"\} 1\.5$/m,
  );
});

test("a plugin's last output is told line by line, beside what was made of it, with its stderr", async () => {
  const home = makeHome();
  writePlugin(
    home.scripts,
    'p',
    '#!/bin/sh\necho "a 1"\necho "<script>alert(1)</script>"\nprintf "\\033[31mred\\n" >&2\n',
  );
  const { agent, json } = await served(home, ['--debug']);
  await agent.event('run.finished');
  const { plugins } = await json<PluginAnswer>('plugin.json?name=p');
  expect(plugins[0]?.output?.lines.map(({ text, verdict }) => [text, verdict.kind])).toEqual([
    ['a 1', 'sample'],
    ['<script>alert(1)</script>', 'bad-line'],
  ]);
  expect(plugins[0]?.stderr).toEqual(['\x1b[31mred']);
  expect(plugins[0]?.recentRuns.length).toBeGreaterThanOrEqual(1);
});

test('status tells where the page is, and never its token; a second agent on the same port runs on without it', async () => {
  const home = makeHome();
  const hold = holdFifo();
  installPlugin(home.scripts, 'waits-on-fifo');
  const { base, token, json } = await served(home, [], { HOLD_FIFO: hold.path });
  const status = await json<Status>('status.json');
  expect(status.dashboardUrl).toBe(base);
  expect(JSON.stringify(status)).not.toContain(token);
  const other = makeHome();
  const second = spawnProgram(['--state-dir', other.state, '-r', '1', '--dashboard', new URL(base).host], {
    env: { HOME: other.state },
  });
  expect(await second.event('dashboard.failed')).toMatchObject({
    detail: expect.stringContaining('in use by another program'),
  });
  await second.until(() => second.printed.length > 0);
  second.process.kill('SIGTERM');
  expect(await second.exit).toBe(0);
});
