import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { textReply } from '../../src/dashboard/reply.ts';
import { createRoutes } from '../../src/dashboard/routes.ts';
import { createDashboardServer, type ReadToken } from '../../src/dashboard/server.ts';
import { serveHttp } from '../../src/io/net/http-server.ts';
import type { Config } from '../../src/model/config.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { asking } from './asking.ts';

const token = 'a-token-of-24-characters';
const settings = (change: Partial<Config['dashboard']> = {}): Config['dashboard'] => ({
  isEnabled: true,
  listen: { host: '127.0.0.1', port: 0 },
  historyS: 0,
  maxSizeBytes: 0,
  metrics: false,
  wall: false,
  ...change,
});

const wallToken = 'the-token-of-the-wall-123';

function dashboard(
  readToken: ReadToken = () => ({ ok: true, value: token }),
  readWallToken: ReadToken = () => ({ ok: true, value: wallToken }),
) {
  const clock = fakeClock();
  const events = eventLog();
  const server = createDashboardServer(
    { clock, serve: serveHttp },
    {
      handle: createRoutes(asking()),
      token: readToken,
      wall: { handle: () => textReply(200, 'the wall'), token: readWallToken },
      hosts: () => [],
      linkCommand: 'instrument_server link',
      emit: events.emit,
    },
  );
  onTestFinished(server.close);
  return { clock, events, server };
}

async function busyPort(): Promise<{ port: number; free(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const free = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0, free };
}

test('the link in the event contains the token, and the address in the status does not', async () => {
  const { events, server } = dashboard();
  server.apply(settings());
  const { url } = await events.next('dashboard.started');
  expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/\\?token=${token}$`));
  expect(server.url()).toBe(url.split('?')[0]);
  expect(server.link()).toEqual({ kind: 'served', link: url });
  expect((await fetch(`${server.url()}status.json`)).status).toBe(401);
  expect((await fetch(`${server.url()}status.json`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
    200,
  );
});

test('a busy port is reported, tried again each minute, and taken once it is free', async () => {
  const { clock, events, server } = dashboard();
  const { port, free } = await busyPort();
  server.apply(settings({ listen: { host: '127.0.0.1', port } }));
  expect(await events.next('dashboard.failed')).toMatchObject({
    repeat: 1,
    detail: expect.stringMatching(/in use by another program/),
  });
  clock.advance(60_000);
  expect(await events.next('dashboard.failed')).toMatchObject({ repeat: 2 });
  expect(server.url()).toBe(null);
  expect(server.link()).toEqual({ kind: 'failed', detail: expect.stringMatching(/in use by another program/) });
  await free();
  await server.settled();
  clock.advance(60_000);
  await events.next('dashboard.started');
  expect(server.url()).toBe(`http://127.0.0.1:${port}/`);
});

test('it moves and stops with the configuration, and stays as it is if its address did not change', async () => {
  const { events, server } = dashboard();
  expect(server.link()).toEqual({ kind: 'off' });
  server.apply(settings());
  expect(server.link()).toEqual({ kind: 'failed', detail: 'it is about to be served; try again' });
  await events.next('dashboard.started');
  server.apply(settings({ historyS: 5 }));
  await server.settled();
  expect(events.of('dashboard.started')).toHaveLength(1);
  const former = server.url() ?? '';
  server.apply(settings({ listen: { host: '::1', port: 0 } }));
  await events.next('dashboard.started');
  expect(server.url()).toMatch(/^http:\/\/\[::1\]:/);
  await expect(fetch(former)).rejects.toThrow();
  server.apply(settings({ isEnabled: false }));
  await server.settled();
  expect(server.url()).toBe(null);
  expect(server.link()).toEqual({ kind: 'off' });
});

test('the wall has a link and a token of its own, is there only while it is asked for, and needs a token, too', async () => {
  const { events, server } = dashboard();
  const asked = async (path: string, bearer: string) =>
    (await fetch(`${server.url()}${path}`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  server.apply(settings());
  await events.next('dashboard.started');
  expect(await asked('wall', wallToken)).toBe(401);
  expect(await asked('wall', token)).toBe(404);
  server.apply(settings({ wall: true }));
  await events.next('dashboard.started');
  expect(server.link()).toEqual({
    kind: 'served',
    link: `${server.url()}?token=${token}`,
    wallLink: `${server.url()}wall?token=${wallToken}`,
  });
  const page = await fetch(`${server.url()}wall`, { headers: { authorization: `Bearer ${wallToken}` } });
  expect(await page.text()).toBe('the wall\n');
  expect(await asked('wall', 'x')).toBe(401);
  server.apply(settings());
  await events.next('dashboard.started');
  expect(await asked('wall', wallToken)).toBe(401);
});

test('without a token of the wall the page is served, which is reported, and the wall once it can be', async () => {
  let readToken: ReturnType<ReadToken> = { ok: false, error: 'no token' };
  const { clock, events, server } = dashboard(undefined, () => readToken);
  const asked = async (path: string, bearer: string) =>
    (await fetch(`${server.url()}${path}`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  server.apply(settings({ wall: true }));
  expect(await events.next('dashboard.wall-failed')).toMatchObject({ detail: 'no token', repeat: 1, elapsedMs: 0 });
  const { url } = await events.next('dashboard.started');
  expect(server.link()).toEqual({ kind: 'served', link: url });
  expect(await asked('status.json', token)).toBe(200);
  expect(await asked('wall', wallToken)).toBe(401);
  clock.advance(60_000);
  expect(await events.next('dashboard.wall-failed')).toMatchObject({ repeat: 2, elapsedMs: 60_000 });
  readToken = { ok: true, value: wallToken };
  clock.advance(60_000);
  expect(await asked('wall', wallToken)).toBe(200);
  expect(server.link()).toMatchObject({ link: url, wallLink: `${server.url()}wall?token=${wallToken}` });
  expect(events.of('dashboard.started')).toHaveLength(1);
});

test('a page that is stopped no longer tries to have a wall', async () => {
  const { clock, events, server } = dashboard(undefined, () => ({ ok: false, error: 'no token' }));
  server.apply(settings({ wall: true }));
  await events.next('dashboard.started');
  server.apply(settings());
  await events.next('dashboard.started');
  clock.advance(60_000);
  expect(events.of('dashboard.wall-failed')).toHaveLength(1);
});

test('a token that can not be kept is reported, and nothing is served without one', async () => {
  const { events, server } = dashboard(() => ({ ok: false, error: 'no token' }));
  server.apply(settings());
  expect(await events.next('dashboard.failed')).toMatchObject({ detail: 'no token' });
  expect(server.url()).toBe(null);
});
