import { chmodSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Handle, serveHttp } from '../../../src/io/net/http-server.ts';
import { askSocket, converse } from '../../../src/io/net/socket-client.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const hello: Handle = ({ method, path, query, headers }) => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: JSON.stringify([method, path, [...query], headers['host']]),
});

async function served(handle: Handle = hello, path = join(tempDir(), 'control.sock')) {
  const result = await serveHttp({ socketPath: path }, handle);
  if (!result.ok) throw new Error(result.error);
  onTestFinished(result.value.close);
  return { path, close: result.value.close };
}

const patienceMs = 20_000;

test('the socket is for its owner alone, whatever the umask', async () => {
  const former = process.umask(0);
  onTestFinished(() => void process.umask(former));
  const { path } = await served();
  const facts = lstatSync(path);
  expect(facts.isSocket()).toBe(true);
  expect(facts.mode & 0o7777).toBe(0o600);
});

test('a request arrives with its path and what was asked for, the last value of a name', async () => {
  const { path } = await served();
  const answer = await askSocket(path, '/a/b?x=1&y=%26%20&x=2', patienceMs);
  expect(answer).toEqual({
    ok: true,
    value: { status: 200, text: '["GET","/a/b",[["x","2"],["y","& "]],"localhost"]' },
  });
});

test('a target that is not a path is answered, and so is what the routes throw; the server keeps serving', async () => {
  const { path } = await served(({ path: asked }) => {
    if (asked === '/throws') throw new Error('I broke');
    if (asked === '/rejects') return Promise.reject('just words');
    return { status: 200, headers: {}, body: 'fine' };
  });
  expect(await askSocket(path, 'http://[', patienceMs)).toMatchObject({ value: { status: 400 } });
  expect(await askSocket(path, '/throws', patienceMs)).toMatchObject({
    value: { status: 500, text: 'an internal error of the agent: I broke\n' },
  });
  expect(await askSocket(path, '/rejects', patienceMs)).toMatchObject({
    value: { status: 500, text: 'an internal error of the agent: just words\n' },
  });
  expect(await askSocket(path, '/', patienceMs)).toMatchObject({ value: { status: 200, text: 'fine' } });
});

test('a client that closes in the middle of a large answer does no harm', async () => {
  const { path } = await served(() => ({ status: 200, headers: {}, body: 'x'.repeat(10_000_000) }));
  await new Promise<void>((resolve) => {
    const leaver = request({ socketPath: path, path: '/' }, (response) =>
      response.once('data', () => leaver.destroy()),
    );
    leaver.on('close', () => resolve());
    leaver.on('error', () => {});
    leaver.end();
  });
  const answer = await askSocket(path, '/', patienceMs);
  expect(answer.ok && answer.value.text.length).toBe(10_000_000);
});

test('closing ends the connections that are open, and takes the socket away', async () => {
  const { path, close } = await served(() => new Promise(() => {}));
  const waiting = askSocket(path, '/', patienceMs);
  await new Promise<void>((resolve) => {
    const idle = request({ socketPath: path, path: '/' });
    idle.on('error', () => {});
    idle.on('socket', (socket) => socket.once('connect', () => resolve()));
    idle.end();
  });
  await close();
  expect(await waiting).toEqual({ ok: false, error: 'ECONNRESET' });
  expect(existsSync(path)).toBe(false);
});

test('the socket file of an agent that was killed is replaced', async () => {
  const path = join(tempDir(), 'control.sock');
  writeFileSync(path, 'a former one');
  await served(hello, path);
  expect(await askSocket(path, '/', patienceMs)).toMatchObject({ ok: true });
});

test('if it can not listen, a sentence says why', async () => {
  const dir = tempDir();
  const long = join(dir, 'x'.repeat(110), 'control.sock');
  expect(await serveHttp({ socketPath: long }, hello)).toEqual({
    ok: false,
    error: `the path ${long} is longer than the 103 bytes that a socket can have; name a shorter one with --state-dir DIR`,
  });
  expect(await serveHttp({ socketPath: join(dir, 'no', 'control.sock') }, hello)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^can't listen on .* \(E[A-Z]+\)$/),
  });
  const taken = join(dir, 'taken');
  mkdirSync(taken);
  writeFileSync(join(taken, 'file'), '');
  expect(await serveHttp({ socketPath: taken }, hello)).toMatchObject({ ok: false });
});

test('no server, a server that does not answer, and one that breaks off are told apart', async () => {
  const dir = tempDir();
  expect(await askSocket(join(dir, 'none'), '/', patienceMs)).toEqual({ ok: false, error: 'ENOENT' });
  writeFileSync(join(dir, 'file'), '');
  chmodSync(join(dir, 'file'), 0o600);
  expect(await askSocket(join(dir, 'file'), '/', patienceMs)).toEqual({ ok: false, error: 'ECONNREFUSED' });
  expect(await askSocket(join(dir, 'file', 'below'), '/', patienceMs)).toEqual({ ok: false, error: 'ENOTDIR' });
  expect(await askSocket(join(dir, 'x'.repeat(110)), '/', patienceMs)).toEqual({ ok: false, error: 'ENAMETOOLONG' });
  const silent = await plainServer(join(dir, 'silent'), null);
  expect(await askSocket(silent, '/', 20)).toEqual({ ok: false, error: 'ETIMEDOUT' });
  const cut = await plainServer(join(dir, 'cut'), 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this');
  expect(await askSocket(cut, '/', patienceMs)).toEqual({ ok: false, error: 'ECONNRESET' });
});

/** A server that says this and ends the connection; null: it says nothing, and keeps it. */
async function plainServer(path: string, says: string | null): Promise<string> {
  const server = createPlainServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    if (says !== null) socket.once('data', () => socket.end(says));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return path;
}

test('a socket that took the place of its own is left alone at the end', async () => {
  const first = await served();
  const second = await served(hello, first.path);
  await first.close();
  expect((await askSocket(second.path, '/x', patienceMs)).ok).toBe(true);
  await second.close();
  expect(existsSync(second.path)).toBe(false);
});

test('a stream continues until one side ends it, and a body that is posted arrives whole', async () => {
  let left = false;
  const { path } = await served(({ method, body }) => ({
    status: 200,
    headers: {},
    stream: (out) => {
      out.onClose(() => {
        left = true;
      });
      out.write(`${method} ${Buffer.from(body).toString('utf8').length}\n`);
      out.write('and more\n');
      out.end();
      out.write('no one reads this\n');
    },
  }));
  const lines: string[] = [];
  const { ended } = converse(path, '/run', 'ä'.repeat(300_000), (line) => lines.push(line));
  expect(await ended).toMatchObject({ ok: true, value: { status: 200 } });
  expect([lines, left]).toEqual([['POST 300000', 'and more'], true]);
});

test('port 0 is any free port, and a sentence says that a port is busy', async () => {
  const server = await serveHttp({ host: '127.0.0.1', port: 0 }, hello);
  if (!server.ok) throw new Error(server.error);
  onTestFinished(server.value.close);
  const { port } = server.value;
  expect((await fetch(`http://127.0.0.1:${port}/x?y=1`)).status).toBe(200);
  expect(await serveHttp({ host: '127.0.0.1', port }, hello)).toEqual({
    ok: false,
    error: expect.stringMatching(/in use by another program/),
  });
});

test('at a port a body that anybody may send is thrown away, however large, and the answer comes all the same', async () => {
  const server = await serveHttp({ host: '127.0.0.1', port: 0 }, ({ body }) => ({
    status: 401,
    headers: {},
    body: `${body.length}`,
  }));
  if (!server.ok) throw new Error(server.error);
  onTestFinished(server.value.close);
  const answer = await fetch(`http://127.0.0.1:${server.value.port}/`, { method: 'POST', body: 'x'.repeat(100_000) });
  expect([answer.status, await answer.text()]).toEqual([401, '0']);
});

test('a stream that throws as it begins is broken off, and a HEAD request begins none; the server keeps serving', async () => {
  let begun = 0;
  const stream = () => {
    begun += 1;
    throw new Error('I broke');
  };
  const { path } = await served((asked) =>
    asked.path === '/stream' ? { status: 200, headers: {}, stream } : hello(asked),
  );
  expect(await askSocket(path, '/stream', patienceMs)).toMatchObject({ ok: false });
  const status = await new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/stream', method: 'HEAD', agent: false }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode)),
    );
    asked.on('error', reject).end();
  });
  expect([status, begun]).toEqual([200, 1]);
  expect(await askSocket(path, '/', patienceMs)).toMatchObject({ ok: true });
});
