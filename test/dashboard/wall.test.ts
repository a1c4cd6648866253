import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { guarded } from '../../src/dashboard/guard.ts';
import { createLive } from '../../src/dashboard/live.ts';
import { createRoutes, type ViewRequests } from '../../src/dashboard/routes.ts';
import { createWallRoutes } from '../../src/dashboard/wall-routes.ts';
import { wallStatusNow } from '../../src/dashboard/wall-status.ts';
import { serveHttp } from '../../src/io/net/http-server.ts';
import type { Reason } from '../../src/model/advice.ts';
import type { Mark } from '../../src/model/mark.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { PluginDetail, Status } from '../../src/model/status.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { nowOf } from '../helpers/status-now.ts';
import { walkOf } from '../helpers/walk-of.ts';
import { samplePlugin, sampleStatus } from '../view/sample.ts';
import { asking } from './asking.ts';

const [token, wallToken] = ['T0ken-of-24-characters_x', 'the-token-of-the-wall-123'];

/** Stands for what a plugin printed, a path, a command or an address, where the agent has one. */
const secret = 'S3CRET';

const advice: Reason = { kind: 'exit-status', sentence: secret, commands: [secret], explanation: secret };

/** Text fields become the secret, whatever their name; those that a wall shows stay. */
function withSecrets<Value>(value: Value): Value {
  const shown = ['file', 'name', 'state', 'kind', 'hostname', 'version', 'ending'];
  const text = JSON.stringify(value, (key, each: unknown) =>
    typeof each === 'string' && !shown.includes(key) ? secret : each,
  );
  const changed: Value = JSON.parse(text);
  return changed;
}

const plugin: PluginDetail = samplePlugin('disk', {
  state: 'failing',
  reasons: [advice],
  stderr: [secret],
  currentRun: { state: 'running', pid: 7, sinceS: 1, elapsedS: 2, isOverdue: true, skips: 0 },
});
const sink: Status['sinks'][number] = {
  name: 'graphite',
  address: secret,
  state: 'away',
  trouble: secret,
  reason: advice,
  troubleSinceS: 7,
  waitingSamples: 3,
  oldestAtS: 6,
  lastSentAtS: 5,
  sentSamples: 1,
  lostSamples: 0,
  droppedSamples: 0,
};

function secretStatus(): Status {
  const sample = withSecrets(sampleStatus());
  const { lastRun } = plugin;
  return {
    ...sample,
    configurationProblems: [secret],
    storeFailure: secret,
    scripts: { ...sample.scripts, reason: advice, suspension: secret },
    directories: [{ name: 'x', location: secret, suspension: secret, reason: advice, warning: advice, plugins: 1 }],
    sinks: [sink],
    plugins: [
      { ...withSecrets(plugin), lastRun: lastRun && { ...lastRun, lastStderr: secret, message: secret } },
      withSecrets(samplePlugin('idle', { lastRun: null })),
    ],
  };
}

const series = { family: secret, labels: [['l', secret]], kind: 'gauge', unit: secret } as const;
const mark: Mark = { atS: 1, durationS: 0, kind: 'failing', plugin: pluginFile('disk'), text: secret };
const view: ViewRequests = asking({
  status: () => nowOf(secretStatus()),
  metrics: () => walkOf([{ metric: 'web1.disk.free', lastAtS: 1, lastValue: 2, series }]),
  history: (metric, fromS, toS) =>
    walkOf({ metric, unit: secret, fromS, toS, stepS: 0, points: [[1, 2, 2, 2]], marks: [mark] }),
  sparklines: () => walkOf([{ file: pluginFile('disk'), metric: 'web1.disk.free', unit: secret, points: [[1, 2]] }]),
  page: (path) => ({ type: 'text/html', body: Buffer.from(`the file ${path}`) }),
  servesMetrics: () => true,
});

/** A server on which both the page and the wall are served, and a way to ask it by a token. */
async function serve(change: Partial<ViewRequests> = {}) {
  const requests = { ...view, ...change };
  const live = createLive(fakeClock(), () => wallStatusNow(requests.status()));
  const wall = { token: wallToken, handle: createWallRoutes({ ...requests, live }) };
  const guard = guarded(createRoutes(requests), {
    token,
    wall: () => wall,
    hosts: () => [],
    linkCommand: 'instrument_server link',
  });
  const served = await serveHttp({ host: '127.0.0.1', port: 0 }, guard);
  if (!served.ok) throw new Error(served.error);
  onTestFinished(async () => {
    live.close();
    await served.value.close();
  });
  const url = `http://127.0.0.1:${served.value.port}`;
  return {
    url,
    ask: (path: string, bearer = wallToken, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${bearer}`, ...init.headers } }),
  };
}

async function firstEvent(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('\n\n')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
  await reader?.cancel();
  return text;
}

const history = '/history.json?metric=web1.disk.free&from=0&to=9';

test('all that a wall is told holds names, states, numbers and times, and nothing else', async () => {
  const { ask } = await serve();
  const text = JSON.stringify(secretStatus());
  expect(text.split(secret).length).toBeGreaterThan(20); // the secret is in every field that a wall must not get
  const status = await (await ask('/status.json')).json();
  expect(status).toEqual({
    version: '2.0.0',
    hostname: 'web1',
    atS: expect.any(Number),
    startedAtS: expect.any(Number),
    intervalS: 30,
    lastTickAtS: expect.any(Number),
    isStopping: false,
    troubles: {
      hasConfigurationProblems: true,
      hasSuspendedDirectory: true,
      isOverloaded: false,
      isStoreFailing: true,
    },
    sinks: [{ name: 'graphite', state: 'away', troubleSinceS: 7, waitingSamples: 3, oldestAtS: 6, lastSentAtS: 5 }],
    plugins: [
      {
        file: 'disk',
        name: 'disk',
        state: 'failing',
        reasons: [{ kind: 'exit-status' }],
        intervalS: 30,
        currentRun: { sinceS: 1, isOverdue: true },
        lastRun: { endedAtS: expect.any(Number), durationMs: 12.3, samples: 2 },
        lastReportAtS: expect.any(Number),
        runs: 7,
        beats: '',
      },
      expect.objectContaining({ file: 'idle', lastRun: null, currentRun: null }),
    ],
  });
  expect(await (await ask('/metrics.json')).json()).toEqual([{ metric: 'web1.disk.free', lastAtS: 1, lastValue: 2 }]);
  expect(await (await ask(history)).json()).toEqual({
    metric: 'web1.disk.free',
    fromS: 0,
    toS: 9,
    stepS: 0,
    points: [[1, 2, 2, 2]],
  });
  expect(await (await ask('/sparklines.json?names=disk/idle')).json()).toEqual([
    { file: 'disk', metric: 'web1.disk.free', points: [[1, 2]] },
  ]);
  expect(await firstEvent(await ask('/events'))).toContain(`event: status\ndata: ${JSON.stringify(status)}`);
});

test("the wall's token gets no more by another path, and /plugin.json and /metrics are refused", async () => {
  const { ask } = await serve();
  for (const prefix of ['', '/wall'])
    for (const path of ['/plugin.json?name=disk', '/metrics', '/plugin.json'])
      expect([prefix + path, (await ask(prefix + path)).status]).toEqual([prefix + path, 403]);
  for (const path of ['/', '/wall', '/wall/', '/status.json', '/wall/status.json', '/metrics.json', history]) {
    const answer = await ask(path);
    expect([path, answer.status, (await answer.text()).includes(secret)]).toEqual([path, 200, false]);
  }
  expect(await (await ask('/')).text()).toBe('the file /web/wall.html');
  expect(await (await ask('/wall/web/app.js')).text()).toBe('the file /web/app.js');
  expect((await ask('/history.json?metric=x')).status).toBe(400);
  expect((await ask('/sparklines.json')).status).toBe(400);
  expect((await ask('/status.json', wallToken, { method: 'POST' })).status).toBe(405);
});

test('without a history, and without a file, the wall is told so', async () => {
  const { ask } = await serve({ history: () => null, sparklines: () => null, page: () => null });
  for (const path of [history, '/sparklines.json?names=disk', '/'])
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
});

test("the page's own token sees the wall at /wall, and all else as before", async () => {
  const { ask } = await serve();
  expect(await (await ask('/wall', token)).text()).toBe('the file /web/wall.html');
  expect(await (await ask('/wall/status.json', token)).text()).not.toContain(secret);
  expect(await (await ask('/status.json', token)).text()).toContain(secret);
  expect((await ask('/plugin.json?name=disk', token)).status).toBe(200);
});

test("the wall's link gives a cookie of its own and leads to /wall, and that cookie opens nothing else", async () => {
  const { url } = await serve();
  const cookies: string[] = [];
  for (const [path, given, location] of [
    ['/', wallToken, '/wall'],
    ['/wall', wallToken, '/wall'],
    ['/', token, '/'],
  ]) {
    const entered = await fetch(`${url}${path}?token=${given}`, { redirect: 'manual' });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, location]);
    cookies.push(entered.headers.get('set-cookie')?.split(';')[0] ?? '');
  }
  const [ofWall = '', again, ofPage = ''] = cookies;
  expect(again).toBe(ofWall);
  expect(ofPage.split('=')[0]).not.toBe(ofWall.split('=')[0]);
  const asked = async (path: string, cookie: string) => {
    const answer = await fetch(`${url}${path}`, { headers: { cookie } });
    return [answer.status, (await answer.text()).includes(secret)];
  };
  expect(await asked('/status.json', ofWall)).toEqual([200, false]);
  expect(await asked('/plugin.json?name=disk', ofWall)).toEqual([403, false]);
  expect(await asked('/status.json', `${ofWall}; ${ofPage}`)).toEqual([200, true]);
  expect(await asked('/wall/status.json', `${ofWall}; ${ofPage}`)).toEqual([200, false]);
  expect(await asked('/wall', 'x=1')).toEqual([401, false]);
});

test('whatever path and query come with the wall token, no answer has the secret', async () => {
  const { ask } = await serve();
  const parts = fc.constantFrom('', 'wall', 'plugin.json', 'status.json', 'metrics', '.', '..', '%2e%2e', '//', 'x');
  const query = fc.constantFrom('', '?name=disk', '?prefix=web1', '?metric=web1.disk.free&from=0&to=9', '?name=idle');
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 4 }), query, async (path, asked) => {
      const answer = await ask(`/${path.join('/')}${asked}`);
      expect(await answer.text()).not.toContain(secret);
    }),
    { numRuns: 300 },
  );
});
