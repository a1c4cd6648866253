import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guarded } from '../../src/dashboard/guard.ts';
import { createRoutes } from '../../src/dashboard/routes.ts';
import type { HttpReply, IncomingRequest } from '../../src/io/net/http-server.ts';
import { replyText } from '../helpers/reply-text.ts';
import { asking } from './asking.ts';

const token = 'T0ken-of-24-characters_x';
const linkCommand = "instrument_server --state-dir '/a <b>' link";
const handle = guarded(createRoutes(asking()), {
  token,
  wall: () => null,
  hosts: () => ['web1', 'agent.example'],
  linkCommand,
});

function ask(
  path: string,
  headers: Record<string, string> = {},
  query: Record<string, string> = {},
  method = 'GET',
): Promise<HttpReply> {
  const request: IncomingRequest = {
    method,
    path,
    query: new Map(Object.entries(query)),
    headers: { host: '127.0.0.1:8642', ...headers },
    body: new Uint8Array(),
  };
  return Promise.resolve(handle(request));
}

const statusOf = async (...args: Parameters<typeof ask>) => (await ask(...args)).status;
const bearer = { authorization: `Bearer ${token}` };

describe('the token', () => {
  test('is asked for on every path, and a wrong one is none', async () => {
    for (const path of ['/', '/status.json', '/events', '/metrics', '/plugin.json', '/history.json', '/nothing'])
      expect([path, await statusOf(path)]).toEqual([path, 401]);
    for (const wrong of ['', 'x', token.slice(1), `${token}x`, token.toLowerCase()]) {
      expect(await statusOf('/status.json', {}, { token: wrong })).toBe(401);
      expect(await statusOf('/status.json', { authorization: `Bearer ${wrong}` })).toBe(401);
    }
  });

  test('is taken in the address, as a bearer, and in the cookie that / gives', async () => {
    expect(await statusOf('/status.json', {}, { token })).toBe(200);
    expect(await statusOf('/status.json', bearer)).toBe(200);
    const entered = await ask('/', {}, { token });
    expect(entered).toMatchObject({ status: 303, headers: { location: '/' } });
    const cookie = entered.headers['set-cookie'] ?? '';
    expect(cookie).toMatch(/^instrument_server_[\da-f]{8}=\S+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/);
    expect(await statusOf('/status.json', { cookie: `other=1; ${cookie.split(';')[0]}` })).toBe(200);
    expect(await statusOf('/status.json', { cookie: cookie.split(';')[0]?.replace('=', '=x') ?? '' })).toBe(401);
  });

  test('of another agent on this host has a cookie of its own', async () => {
    const other = guarded(createRoutes(asking()), {
      token: 'another-token-another-one',
      wall: () => null,
      hosts: () => [],
      linkCommand,
    });
    const reply = await other({
      method: 'GET',
      path: '/',
      query: new Map([['token', 'another-token-another-one']]),
      headers: { host: 'localhost' },
      body: new Uint8Array(),
    });
    expect(reply.headers['set-cookie']?.split('=')[0]).not.toBe(
      (await ask('/', {}, { token })).headers['set-cookie']?.split('=')[0],
    );
  });
});

describe('a request without the token', () => {
  test('is told in one line which command prints the link', async () => {
    const { headers, ...reply } = await ask('/', { accept: '*/*' });
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(reply).toEqual({
      status: 401,
      body: `the token is missing or wrong; open the link that this command prints, as the agent's user: ${linkCommand}\n`,
    });
  });

  test('of a browser gets a page that says the same, runs nothing and has only its own style', async () => {
    const reply = await ask('/plugin', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, { token: 'wrong' });
    const body = replyText(reply) ?? '';
    expect(reply).toMatchObject({ status: 401, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(body).toContain('<code>instrument_server --state-dir &#39;/a &#60;b&#62;&#39; link</code>');
    expect(body).not.toMatch(/<script|wrong-token|http:/);
    const [style = ''] = /(?<=<style>)[^<]*/.exec(body) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(reply.headers['content-security-policy']).toContain(`script-src 'self'; style-src 'sha256-${hash}';`);
  });
});

describe("a request of the wall's page without a token", () => {
  test('is told nothing of the host, in a browser neither', async () => {
    for (const path of ['/wall', '/wall/events']) {
      const reply = await ask(path, { accept: 'text/html' }, { token: 'wrong' });
      expect(reply).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
      expect(replyText(reply)).toBe('this link of the wall is not valid; open the new one\n');
    }
  });
});

describe('who asks', () => {
  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:8642', '192.0.2.7:80', 'web1:8642', 'agent.example'])(
    'by the host %s is answered',
    async (host) => expect(await statusOf('/status.json', { ...bearer, host })).toBe(200),
  );

  test.each([
    'evil.example',
    'evil.example:8642',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
    'a b',
    'web1/',
    'x@localhost',
  ])('by the host %j is refused, with the token too', async (host) =>
    expect(await statusOf('/status.json', { ...bearer, host })).toBe(403),
  );

  test('from another page is refused, from the page itself not', async () => {
    for (const origin of ['http://evil.example', 'null', 'https://127.0.0.1:8642', 'http://127.0.0.1:1'])
      expect([origin, await statusOf('/status.json', { ...bearer, origin })]).toEqual([origin, 403]);
    expect(await statusOf('/status.json', { ...bearer, origin: 'http://127.0.0.1:8642' })).toBe(200);
  });
});

test('every answer forbids scripts that are not its own, framing, sniffing and keeping', async () => {
  for (const reply of [
    await ask('/'),
    await ask('/', { accept: 'text/html' }),
    await ask('/status.json', bearer),
    await ask('/', { host: 'evil.example' }),
  ]) {
    expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(reply.headers['content-security-policy']).toMatch(
      /default-src 'self'.*object-src 'none'.*frame-ancestors 'none'/,
    );
    expect(reply.headers['content-security-policy']).not.toContain('unsafe');
  }
});

test('10,000 requests of any kind are answered, and none without the token with anything but a refusal', async () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('token', 'name', 'metric', '/', '/status.json', 'GET', 'POST', token.slice(2), '127.0.0.1'),
  );
  const request = fc.record({
    path: word,
    method: word,
    query: fc.dictionary(word, word),
    headers: fc.dictionary(fc.constantFrom('host', 'origin', 'cookie', 'authorization', 'x'), word),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path, method, query, headers }) => {
      expect([401, 403]).toContain(await statusOf(path, headers, query, method));
      const { status } = await ask(path, { ...bearer }, query, method);
      expect([200, 303, 400, 404, 405]).toContain(status);
    }),
    { numRuns: 5000 },
  );
});
