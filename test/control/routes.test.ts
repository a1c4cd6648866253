import { describe, expect, test } from 'vitest';
import { type Asking, createRoutes } from '../../src/control/routes.ts';
import type { HttpReply } from '../../src/io/serve.ts';
import type { PluginAnswer } from '../../src/model/status.ts';
import { sampleStatus } from '../status/sample.ts';

const status = sampleStatus();
const asked: string[] = [];
const asking: Asking = {
  status: () => status,
  plugin(name): PluginAnswer {
    asked.push(name);
    return { plugins: [], missing: `no ${name}` };
  },
};
const handle = createRoutes(asking);

async function get(path: string, query: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<HttpReply> {
  return handle({ method, path, query: new Map(Object.entries(query)), headers: {} });
}

test('/status.json is the status as JSON, with a line end', async () => {
  const reply = await get('/status.json');
  expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  expect(reply.body).toBe(`${JSON.stringify(status)}\n`);
  expect((await get('/status.json', {}, 'HEAD')).status).toBe(200);
});

test('/plugin.json tells of the name that it is given, whatever is in it, and answers 200 also where there is none', async () => {
  const name = 'we ird/../&=\n.sh';
  const reply = await get('/plugin.json', { name });
  expect(asked).toEqual([name]);
  expect(reply.status).toBe(200);
  expect(JSON.parse(String(reply.body))).toEqual({ plugins: [], missing: `no ${name}` });
});

describe('everything else is refused in one line', () => {
  test.each([
    ['a name that is left out', 400, '/plugin.json', {}, 'GET'],
    ['an empty name', 400, '/plugin.json', { name: '' }, 'GET'],
    ['another path', 404, '/', {}, 'GET'],
    ['a path with something behind it', 404, '/status.json/x', {}, 'GET'],
    ['a method that would change something', 405, '/status.json', {}, 'POST'],
    ['one that would remove something', 405, '/plugin.json', { name: 'x' }, 'DELETE'],
  ] as const)('%s: %d', async (_, code, path, query, method) => {
    const reply = await get(path, query, method);
    expect(reply.status).toBe(code);
    expect(String(reply.body)).toMatch(/^[^\n]+\n$/);
  });
});
