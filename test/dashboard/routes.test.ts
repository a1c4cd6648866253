import { describe, expect, test } from 'vitest';
import { createLive } from '../../src/dashboard/live.ts';
import { createRoutes, type ViewRequests } from '../../src/dashboard/routes.ts';
import type { HttpReply } from '../../src/io/net/http-server.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { PluginAnswer } from '../../src/model/status.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { replyText } from '../helpers/reply-text.ts';
import { nowOf } from '../helpers/status-now.ts';
import { walkOf } from '../helpers/walk-of.ts';
import { sampleStatus } from '../view/sample.ts';

const status = sampleStatus();
const { plugins, ...agent } = status;
const asked: string[] = [];
const missing = (name: string): PluginAnswer => {
  const advice = { kind: 'no-such-script', sentence: `no ${name}`, commands: [] };
  return { plugins: [], missing: advice.sentence, advice };
};
const ofPlugin = { family: 'instrument_server_plugin_up', labels: [], kind: 'gauge', unit: '' } as const;
const asking: ViewRequests = {
  status: () => nowOf(status),
  plugin(name): PluginAnswer {
    asked.push(name);
    return missing(name);
  },
  metrics: (prefix) =>
    walkOf([
      { metric: `${prefix}a`, lastAtS: 1, lastValue: 2 },
      { metric: `${prefix}x.up`, lastAtS: 1, lastValue: 1, series: ofPlugin },
    ]),
  sparklines(files) {
    asked.push([...files].join(' '));
    return files.has('none') ? null : walkOf([{ file: pluginFile('a.sh'), metric: 'a.x', points: [[1, 2]] }]);
  },
  history: (metric, fromS, toS) =>
    metric === 'none' ? null : walkOf({ metric, fromS, toS, stepS: 0, points: [[fromS, 1, 1, 1]] }),
  page: (path) => (path === '/' ? { type: 'text/html', body: Buffer.from('<p>') } : null),
  servesMetrics: () => servesMetrics,
  live: createLive(fakeClock(), () => nowOf(status)),
};
let servesMetrics = false;
const handle = createRoutes(asking);

async function get(path: string, query: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<HttpReply> {
  return handle({ method, path, query: new Map(Object.entries(query)), headers: {}, body: new Uint8Array() });
}

function bodyOf(reply: HttpReply): string {
  return replyText(reply) ?? 'a stream';
}

test('/status.json is the status as JSON, with a line end', async () => {
  const reply = await get('/status.json');
  expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  expect(bodyOf(reply)).toBe(`${JSON.stringify({ ...agent, plugins })}\n`);
  expect((await get('/status.json', {}, 'HEAD')).status).toBe(200);
});

test('/plugin.json answers about any name, and with 200 also if it selects no plugin', async () => {
  const name = 'we ird/../&=\n.sh';
  const reply = await get('/plugin.json', { name });
  expect(asked).toContain(name);
  expect(reply.status).toBe(200);
  expect(JSON.parse(bodyOf(reply))).toEqual(missing(name));
});

describe('everything else is refused in one line', () => {
  test.each([
    ['a name that is left out', 400, '/plugin.json', {}, 'GET'],
    ['an empty name', 400, '/plugin.json', { name: '' }, 'GET'],
    ['another path', 404, '/x', {}, 'GET'],
    ['a history without a metric', 400, '/history.json', { from: '1', to: '2' }, 'GET'],
    ['a history whose times are none', 400, '/history.json', { metric: 'm', from: 'x', to: '2' }, 'GET'],
    ['a history that ends before it begins', 400, '/history.json', { metric: 'm', from: '3', to: '2' }, 'GET'],
    ['a history where none is kept', 404, '/history.json', { metric: 'none', from: '1', to: '2' }, 'GET'],
    ['sparklines of no plugin', 400, '/sparklines.json', { names: '' }, 'GET'],
    ['sparklines of too many', 400, '/sparklines.json', { names: 'a/'.repeat(120) }, 'GET'],
    ['sparklines where no history is kept', 404, '/sparklines.json', { names: 'none' }, 'GET'],
    ['metrics that are not served', 404, '/metrics', {}, 'GET'],
    ['a path with something behind it', 404, '/status.json/x', {}, 'GET'],
    ['a method that would change something', 405, '/status.json', {}, 'POST'],
    ['one that would remove something', 405, '/plugin.json', { name: 'x' }, 'DELETE'],
  ] as const)('%s: %d', async (_, code, path, query, method) => {
    const reply = await get(path, query, method);
    expect(reply.status).toBe(code);
    expect(bodyOf(reply)).toMatch(/^[^\n]+\n$/);
  });
});

test('/history.json and /metrics.json return metrics, without those of each plugin, / is the page, /events a stream', async () => {
  const history = await get('/history.json', { metric: 'm', from: '10', to: '20.5' });
  expect(JSON.parse(bodyOf(history))).toEqual({ metric: 'm', fromS: 10, toS: 20.5, stepS: 0, points: [[10, 1, 1, 1]] });
  expect(JSON.parse(bodyOf(await get('/metrics.json', { prefix: 'web1.' })))).toEqual([
    { metric: 'web1.a', lastAtS: 1, lastValue: 2 },
  ]);
  expect(await get('/')).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' } });
  expect(await get('/events')).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  });
});

test('/sparklines.json answers about files, those of directories among them', async () => {
  const reply = await get('/sparklines.json', { names: 'a.sh/munin/cpu' });
  expect(JSON.parse(bodyOf(reply))).toEqual([{ file: 'a.sh', metric: 'a.x', points: [[1, 2]] }]);
  expect(asked.at(-1)).toBe('a.sh munin cpu a.sh/munin munin/cpu');
  expect((await get('/sparklines.json', { names: 'a/'.repeat(119) })).status).toBe(200);
});

test('/metrics is Prometheus text, once it is asked for', async () => {
  servesMetrics = true;
  const reply = await get('/metrics');
  servesMetrics = false;
  expect(reply.headers['content-type']).toContain('text/plain; version=0.0.4');
  expect(bodyOf(reply)).toContain('# TYPE instrument_server_runs_total counter\n');
});
