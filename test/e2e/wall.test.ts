import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import type { PrintedLogEntry } from '../helpers/program.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';

/** Words that real plugins put into each place that a wall must not show. */
const words = ['S3CRET-OUT', 'S3CRET-ERR', 'S3CRET-LINE', 'S3CRET-COMMAND'];

/** An agent with a wall, and plugins that fail, print bad lines, are rejected and are commands. */
async function servedWall(home: Home) {
  installPlugin(home.scripts, 'two-gauges');
  installPlugin(home.scripts, 'two-gauges', { as: 'rejected', mode: 0o755 });
  writePlugin(home.scripts, 'fails', '#!/bin/sh\necho "S3CRET-OUT 1"\necho S3CRET-ERR >&2\nexit 3\n');
  writePlugin(home.scripts, 'bad', '#!/bin/sh\necho "good 1"\necho "S3CRET-LINE is no number"\n');
  const file = join(home.state, '..', 'agent.ini');
  writeFileSync(file, '[dashboard]\nwall = yes\n[plugin:called]\ncommand = /bin/echo S3CRET-COMMAND 1\n');
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-f', file, '-r', '1', '-H', 'web1'];
  const agent = startProgram([...flags, '--dashboard', '127.0.0.1:0', '--debug'], { env: { HOME: home.state } });
  const base = String((await agent.event('dashboard.started'))['url']).replace(/\?.*/, '');
  const tokenFile = join(home.state, 'dashboard-wall-token');
  const token = readFileSync(tokenFile, 'utf8').trim();
  const get = (path: string, bearer = token) =>
    fetch(`${base}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
  return { agent, base, file, flags, get, token, tokenFile };
}

/** The text of an event stream until it holds `enough`. */
async function eventsUntil(response: Response, enough: (text: string) => boolean): Promise<string> {
  const reader = response.body?.getReader();
  let text = '';
  while (!enough(text)) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) throw new Error(`the stream ended before: ${text}`);
    text += Buffer.from(value ?? []).toString();
  }
  await reader?.cancel();
  return text;
}

test('nothing that is served to a wall has what plugins print, a path, a command or an address', async () => {
  const home = makeHome();
  const { agent, get, base } = await servedWall(home);
  await agent.until(() => agent.log.filter(({ event }) => event === 'run.finished').length >= 8);
  const events = await eventsUntil(await get('events'), (text) => /event: change\n[\s\S]*\n\n/.test(text));
  const full = readFileSync(join(home.state, 'dashboard-token'), 'utf8').trim();
  const all = await (await get('status.json', full)).text();
  for (const word of ['S3CRET-ERR', home.scripts]) expect(all).toContain(word); // what a wall must not get is there
  const paths = [
    '',
    'wall',
    'status.json',
    'wall/status.json',
    'metrics.json',
    'metrics.json?prefix=web1',
    'history.json?metric=web1.bad.good&from=0&to=4000000000',
    'sparklines.json?names=fails/bad/two-gauges/called/rejected',
    'plugin.json?name=fails',
    'wall/plugin.json?name=bad',
    'plugin.json?name=rejected',
    'metrics',
    'web/wall.js',
    'web/wall.css',
    'nothing',
    'surroundings.json?name=fails',
    'link.json',
  ];
  const answers = await Promise.all(paths.map(async (path) => ({ path, text: await (await get(path)).text() })));
  for (const { path, text } of [...answers, { path: 'events', text: events }]) {
    const found = [...words, home.scripts, home.state, 'chmod', full].filter((word) => text.includes(word));
    expect([path, found]).toEqual([path, []]);
  }
  expect((await get('plugin.json?name=fails')).status).toBe(403);
  expect((await get('metrics')).status).toBe(403);
  const lines = answers.find(({ path }) => path.startsWith('sparklines'))?.text;
  expect(lines).toContain('"metric":"web1.two-gauges.');
  expect(events).toContain('"file":"fails"');
  const refused = await fetch(`${base}wall`, { headers: { accept: 'text/html' } });
  expect([refused.status, await refused.text()]).toEqual([
    401,
    'this link of the wall is not valid; open the new one\n',
  ]);
  expect((await fetch(`${base}wall/events`)).status).toBe(401);
});

test('the token of the wall is in a file of its own, `link` prints its link, and without the setting it opens nothing', async () => {
  const home = makeHome();
  const { agent, base, file, get, token, tokenFile } = await servedWall(home);
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const { stdout } = await runToEnd(['--state-dir', home.state, 'link'], { HOME: home.state });
  const page = readFileSync(join(home.state, 'dashboard-token'), 'utf8').trim();
  expect(stdout).toBe(`${base}?token=${page}\n${base}wall?token=${token}`);
  expect(page).not.toBe(token);
  expect((await get('status.json')).status).toBe(200);
  writeFileSync(file, '[dashboard]\nwall = no\n');
  await agent.event('config.reloaded');
  const isOther = (entry: PrintedLogEntry) => !String(entry['url']).startsWith(base); // another free port
  const moved = String((await agent.event('dashboard.started', isOther))['url']);
  expect(new URL(moved).searchParams.get('token')).toBe(page);
  const after = await fetch(new URL('/status.json', moved), { headers: { authorization: `Bearer ${token}` } });
  expect(after.status).toBe(401);
  expect(existsSync(tokenFile)).toBe(true); // the link is the same when the wall is back
});
