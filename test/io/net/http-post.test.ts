import { readFileSync } from 'node:fs';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/io/clock.ts';
import { type HttpAnswer, type HttpOutcome, httpPost } from '../../../src/io/net/http-post.ts';
import type { SinkHttpRequest } from '../../../src/io/net/http-request.ts';
import { listen, type ServerConnection } from '../../../src/io/net/listen.ts';
import { fakeClock } from '../../helpers/fake-clock.ts';
import { tlsFile } from '../../helpers/fake-collector.ts';
import { type FakeHttpServer, fakeHttpServer } from '../../helpers/fake-http-server.ts';
import { turn } from '../../helpers/turns.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(options: Parameters<typeof fakeHttpServer>[0] = {}): Promise<FakeHttpServer> {
  const server = await fakeHttpServer(options);
  closers.push(server.close);
  return server;
}

/**
 * A server on a free port that does what `onText` does with each text that comes: one that need
 * not speak HTTP.
 */
async function peer(
  onText: (text: string, connection: ServerConnection) => void,
  onOpen: (connection: ServerConnection) => void = () => {},
): Promise<string> {
  const server = await listen({ host: '127.0.0.1', port: 0, tls: null }, (connection) => {
    onOpen(connection);
    return {
      onData: (bytes) => onText(Buffer.from(bytes).toString('latin1'), connection),
      onEnd: () => connection.end(),
      onClose: () => {},
    };
  });
  if (!server.ok) throw new Error(server.error.detail);
  closers.push(server.value.close);
  return `127.0.0.1:${server.value.port}`;
}

/** Lets a server listen on a free port; gives `HOST:PORT`. */
async function listenOn(server: Server): Promise<string> {
  closers.push(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
}

/** A peer that answers the first text with these words, and closes where they end in `<close>`. */
function scriptedPeer(words: string): Promise<string> {
  return peer((_text, connection) => {
    connection.write(words.replace('<close>', ''));
    if (words.endsWith('<close>')) connection.end();
  });
}

function start(url: string, change: Partial<SinkHttpRequest> = {}, clock: Clock = fakeClock()) {
  const asked = { url, headers: {}, body: 'a b\n', tls: { caFile: null, verify: true }, silenceMs: 10_000, ...change };
  let abort: () => void = () => {};
  const outcome = new Promise<HttpOutcome>((resolve) => {
    abort = httpPost(clock, asked, resolve).abort;
  });
  return { outcome, abort };
}

function post(url: string, change: Partial<SinkHttpRequest> = {}, clock: Clock = fakeClock()): Promise<HttpOutcome> {
  return start(url, change, clock).outcome;
}

async function answerFrom(url: string, change: Partial<SinkHttpRequest> = {}): Promise<HttpAnswer> {
  const outcome = await post(url, change);
  if (outcome.kind === 'failed') throw new Error(outcome.failure.detail);
  return outcome.answer;
}

async function detailFrom(url: string, change: Partial<SinkHttpRequest> = {}): Promise<string> {
  const outcome = await post(url, change);
  return outcome.kind === 'failed' ? outcome.failure.detail : `answered ${outcome.answer.status}`;
}

const noHeaders = { retryAfter: null, date: null, location: null, samplesWritten: null };
const largeBody = 'x'.repeat(32 * 1024 * 1024); // more than any buffer takes

describe('a request', () => {
  test('carries path, query, headers and body, over a connection of its own each time', async () => {
    const server = await serve();
    for (const body of ['first\n', 'sécond\n']) {
      await answerFrom(`${server.url}/a/write?db=x%20y`, {
        body,
        headers: { authorization: 'Token t', 'content-type': 'text/plain' },
      });
    }
    await server.until(({ open }) => open.size === 0);
    expect(server.requests.map(({ body }) => body)).toEqual(['first\n', 'sécond\n']);
    expect(server.requests[1]).toMatchObject({
      method: 'POST',
      path: '/a/write?db=x%20y',
      headers: { authorization: 'Token t', 'content-type': 'text/plain', 'content-length': '8', connection: 'close' },
    });
  });

  test('of bytes that are not text arrives as it is', async () => {
    const server = await serve();
    const memory = Uint8Array.from({ length: 300 }, (_, index) => index);
    expect(await answerFrom(server.url, { body: memory.subarray(20, 280) })).toMatchObject({ status: 204 });
    expect(server.requests[0]?.headers['content-length']).toBe('260');
    expect(server.requests[0]?.bytes).toEqual(Buffer.from(memory.subarray(20, 280)));
  });

  test('of a body far larger than any buffer arrives whole', async () => {
    const server = await serve();
    expect(await answerFrom(server.url, { body: largeBody })).toMatchObject({ status: 204 });
    expect(server.requests[0]?.body.length).toBe(largeBody.length);
  });

  test('leaves no timer and no connection behind', async () => {
    const server = await serve();
    const clock = fakeClock();
    await post(server.url, {}, clock);
    expect(clock.pending()).toBe(0);
    await server.until(({ open }) => open.size === 0);
  });

  test('that is aborted says nothing more and drops its connection', async () => {
    const server = await serve();
    const clock = fakeClock();
    server.reply('never');
    let calls = 0;
    const { abort } = httpPost(
      clock,
      { url: server.url, headers: {}, body: 'x', tls: { caFile: null, verify: true }, silenceMs: 1 },
      () => {
        calls += 1;
      },
    );
    await server.until(({ requests }) => requests.length === 1);
    abort();
    await server.until(({ open }) => open.size === 0);
    abort();
    clock.advance(1_000);
    await turn();
    expect(calls).toBe(0);
  });

  test.each(['https://127.0.0.1:1', 'http://127.0.0.1:1'])(
    'to %s can be aborted at once, whatever would have become of it',
    async (url) => {
      let calls = 0;
      const tls = { caFile: tlsFile('no-such.crt'), verify: true };
      const { abort } = httpPost(fakeClock(), { url, headers: {}, body: 'x', tls, silenceMs: 1 }, () => {
        calls += 1;
      });
      abort();
      await turn();
      expect(calls).toBe(0);
    },
  );
});

describe('an answer', () => {
  test('is given with its status, the headers that matter and its text', async () => {
    const server = await serve();
    server.reply({
      status: 429,
      headers: { 'retry-after': '7', date: 'Sun, 06 Nov 1994 08:49:37 GMT' },
      body: '{"error":"späte"}',
    });
    expect(await answerFrom(server.url)).toEqual({
      status: 429,
      retryAfter: '7',
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      location: null,
      samplesWritten: null,
      text: '{"error":"späte"}',
      isWhole: true,
    });
  });

  test.each([
    ['7', '7'],
    [['7', '8'], '7, 8'],
  ])('with %j samples written says that these are %s', async (given, samplesWritten) => {
    const server = await serve({
      take: (_request, response) =>
        response.writeHead(204, { 'x-prometheus-remote-write-samples-written': given }).end(),
    });
    expect(await answerFrom(server.url)).toMatchObject({ samplesWritten });
  });

  test('that leads elsewhere is not followed', async () => {
    const server = await serve();
    server.reply({ status: 307, headers: { location: `${server.url}/else` } });
    expect(await answerFrom(server.url)).toMatchObject({ status: 307, location: `${server.url}/else` });
    expect(server.requests.length).toBe(1);
  });

  test('is cut after 256 KiB, never within a character', async () => {
    const server = await serve();
    server.reply({ status: 400, body: `x${'é'.repeat(200_000)}` });
    expect(await answerFrom(server.url)).toMatchObject({ text: `x${'é'.repeat(128 * 1024 - 1)}`, isWhole: false });
    server.reply({ status: 400, body: 'y'.repeat(256 * 1024) });
    expect(await answerFrom(server.url)).toMatchObject({ text: 'y'.repeat(256 * 1024), isWhole: true });
  });

  test('is understood however it is split', async () => {
    const words = Buffer.from('HTTP/1.1 503 Nope\r\nRetry-After: 3\r\nContent-Length: 7\r\n\r\npäuse\n');
    const server = await serve({
      take: async (request) => {
        request.resume();
        for (const byte of words) {
          request.socket.write(Uint8Array.of(byte));
          await turn();
        }
      },
    });
    expect(await answerFrom(server.url)).toEqual({
      ...noHeaders,
      status: 503,
      retryAfter: '3',
      text: 'päuse\n',
      isWhole: true,
    });
  });

  test('counts though its body breaks off, or never ends', async () => {
    const broken = await scriptedPeer('HTTP/1.1 204 Yes\r\n\r\n<close>');
    expect(await answerFrom(`http://${broken}`)).toMatchObject({ status: 204, text: '' });
    const short = await scriptedPeer('HTTP/1.1 400 No\r\nContent-Length: 100\r\n\r\nbecause<close>');
    expect(await answerFrom(`http://${short}`)).toMatchObject({ status: 400, text: 'because', isWhole: false });

    const clock = fakeClock();
    let steps = 0;
    const counting: Clock = {
      ...clock,
      after(delayMs, fn) {
        steps += 1;
        return clock.after(delayMs, fn);
      },
    };
    const endless = await scriptedPeer('HTTP/1.1 200 Yes\r\n\r\nso far');
    const { outcome } = start(`http://${endless}`, {}, counting);
    while (steps < 4) await turn(); // connecting, writing, waiting for an answer, reading it
    await turn();
    clock.advance(10_000);
    expect(await outcome).toMatchObject({ kind: 'answered', answer: { status: 200, text: 'so far', isWhole: false } });
  });

  test('of a gigabyte is not read to its end', async () => {
    let sent = 0;
    const server = await serve({
      take: (request, response) => {
        request.resume();
        response.writeHead(500);
        const flood = (): void => {
          while (sent < 1024 ** 3 && response.write('z'.repeat(65_536))) sent += 65_536;
        };
        response.on('drain', flood);
        flood();
      },
    });
    expect(await answerFrom(server.url)).toMatchObject({ status: 500, text: 'z'.repeat(256 * 1024), isWhole: false });
    await server.until(({ open }) => open.size === 0);
    expect(sent).toBeLessThan(64 * 1024 ** 2);
  });

  test('that comes before all is written ends the writing', async () => {
    const where = await peer((_text, connection) => {
      connection.pause();
      connection.write('HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\n\r\n');
    });
    expect(await answerFrom(`http://${where}`, { body: largeBody })).toMatchObject({ status: 413 });
  });

  test('that is only on its way is waited for, and one that changes the protocol is an answer', async () => {
    const early = await scriptedPeer('HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 202 Yes\r\nContent-Length: 0\r\n\r\n');
    expect(await answerFrom(`http://${early}`)).toMatchObject({ status: 202 });
    const other = await scriptedPeer('HTTP/1.1 101 Other\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nwords of x');
    expect(await answerFrom(`http://${other}`)).toMatchObject({ status: 101 });
  });
});

describe('trouble', () => {
  test('a refused connection is reported, and nothing can have arrived', async () => {
    const server = await serve();
    await server.close();
    expect(await post(server.url)).toEqual({
      kind: 'failed',
      failure: {
        code: 'ECONNREFUSED',
        detail: `connection to 127.0.0.1:${server.port} refused (ECONNREFUSED); is the server running?`,
      },
      mayHaveArrived: false,
    });
  });

  test('an unknown host name is reported as one', async () => {
    expect(await detailFrom('http://no-such-host.invalid:8086/write')).toMatch(
      /^the host name no-such-host\.invalid of no-such-host\.invalid:8086 (is not known \(ENOTFOUND\); check the server's address|can't be looked up)/,
    );
  });

  test('the ports of http and https are known', async () => {
    expect(await detailFrom('http://no-such-host.invalid/')).toContain('no-such-host.invalid:80 ');
    expect(await detailFrom('https://no-such-host.invalid/')).toContain('no-such-host.invalid:443 ');
  });

  test('a reset at the very beginning is reported as one', async () => {
    const where = await peer(
      () => {},
      (connection) => connection.reset(),
    );
    expect(await detailFrom(`http://${where}`, { body: largeBody })).toMatch(/was reset by the other side/);
  });

  test('a reset while the body is written is reported as one, and some of it may have arrived', async () => {
    const where = await peer((_text, connection) => connection.reset());
    expect(await post(`http://${where}`, { body: largeBody })).toMatchObject({
      failure: { detail: expect.stringMatching(`connection to ${where} was reset by the other side`) },
      mayHaveArrived: true,
    });
  });

  test('a reset instead of an answer is reported as one, and all may have arrived', async () => {
    const server = await serve();
    server.reply('reset');
    expect(await post(server.url)).toEqual({
      kind: 'failed',
      failure: {
        code: 'ECONNRESET',
        detail: `connection to 127.0.0.1:${server.port} was reset by the other side (ECONNRESET)`,
      },
      mayHaveArrived: true,
    });
    expect(server.requests.length).toBe(1);
  });

  test.each([
    ['nothing', '<close>'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le<close>'],
  ])('a server that says %s and closes has not answered', async (_what, words) => {
    const where = await scriptedPeer(words);
    expect(await post(`http://${where}`)).toMatchObject({
      failure: {
        detail: `${where} closed the connection before it answered; if it expects TLS, write https://${where}`,
      },
      mayHaveArrived: true,
    });
  });

  test('an answer that is not HTTP is reported as one', async () => {
    const where = await scriptedPeer('fail\n');
    expect(await detailFrom(`http://${where}`)).toMatch(
      new RegExp(`^${where} did not answer in HTTP \\(HPE_\\w+\\); if it expects TLS, write https://${where}$`),
    );
  });

  test('a header that HTTP can not carry is named, and its value is not', async () => {
    const detail = await detailFrom('http://127.0.0.1:1', { headers: { authorization: 'Token geheim€' } });
    expect(detail).toBe('nothing can be sent to 127.0.0.1:1: Invalid character in header content ["authorization"]');
  });

  test.each([
    ['small', 'x'],
    ['large', largeBody],
  ])(
    'a header that Node refuses only when it writes, before a %s body, is named, and nothing has arrived',
    async (_size, body) => {
      const server = await serve();
      expect(await post(server.url, { headers: { trailer: 'x' }, body })).toEqual({
        kind: 'failed',
        failure: {
          code: 'ERR_HTTP_TRAILER_INVALID',
          detail: expect.stringContaining(`nothing can be sent to 127.0.0.1:${server.port}: `),
        },
        mayHaveArrived: false,
      });
      expect(server.requests).toEqual([]);
    },
  );

  test('a server for gRPC is named as one, with the port to write instead', async () => {
    const where = await listenOn(createHttp2Server());
    expect(await detailFrom(`http://${where}`)).toMatch(
      new RegExp(
        `^${where} speaks HTTP/2, as gRPC does \\(HPE_\\w+\\); name its port for HTTP/1.1, usually 4318 for OTLP$`,
      ),
    );
  });
});

describe('silence of 10 s', () => {
  test('while connecting gives up, and nothing can have arrived', async () => {
    let heard: () => void = () => {};
    const hasHeard = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const where = await peer(() => heard()); // it takes the TLS client's greeting and says nothing
    const clock = fakeClock();
    const outcome = post(`https://${where}`, {}, clock);
    await hasHeard;
    clock.advance(9_999);
    expect(clock.pending()).toBe(1);
    clock.advance(1);
    expect(await outcome).toEqual({
      kind: 'failed',
      failure: { code: 'ETIMEDOUT', detail: `${where} was silent for 10 s while connecting` },
      mayHaveArrived: false,
    });
  });

  test('while the body is written gives up', async () => {
    let stalled: () => void = () => {};
    const hasStalled = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    const where = await peer((_text, connection) => {
      connection.pause();
      stalled();
    });
    const clock = fakeClock();
    const outcome = post(`http://${where}`, { body: largeBody }, clock);
    await hasStalled;
    clock.advance(10_000);
    expect(await outcome).toMatchObject({
      failure: { detail: `${where} was silent for 10 s before all was written` },
      mayHaveArrived: true,
    });
  });

  test('before an answer gives up', async () => {
    const server = await serve();
    server.reply('never');
    const clock = fakeClock();
    const { outcome } = start(server.url, {}, clock);
    await server.until(({ requests }) => requests.length === 1);
    await turn(); // the client learns that all was written
    clock.advance(9_999);
    expect(clock.pending()).toBe(1);
    clock.advance(1);
    expect(await outcome).toMatchObject({
      failure: { detail: `127.0.0.1:${server.port} was silent for 10 s before it answered` },
      mayHaveArrived: true,
    });
    await server.until(({ open }) => open.size === 0);
  });

  test('is counted again at each step and with each part of the body that the server accepts', async () => {
    const server = await serve();
    const clock = fakeClock();
    const slow: Clock = {
      ...clock,
      after(delayMs, fn) {
        clock.advance(6_000); // each step takes so long
        return clock.after(delayMs, fn);
      },
    };
    expect(await post(server.url, { body: 'x'.repeat(10 * 64 * 1024) }, slow)).toMatchObject({ kind: 'answered' });
    expect(clock.nowMs()).toBe(6_000 * (1 + 10 + 1 + 1)); // connecting, ten parts, waiting for an answer, reading it
  });
});

describe('over TLS', () => {
  const trusted = { caFile: tlsFile('ca.crt'), verify: true };

  test.each(['127.0.0.1', 'localhost'])('to %s, a certificate of the CA in tls_ca is accepted', async (host) => {
    const server = await serve({ tls: 'localhost' });
    expect(await answerFrom(`https://${host}:${server.port}/x`, { tls: trusted, body: largeBody })).toMatchObject({
      status: 204,
    });
    expect(server.requests[0]?.body.length).toBe(largeBody.length);
  });

  test.each([undefined, 'localhost'])('IPv6 works, plain and secure (%s)', async (tls) => {
    const server = await serve({ host: '::1', ...(tls && { tls }) });
    expect(await answerFrom(server.url, { tls: trusted })).toMatchObject({ status: 204 });
    await server.close();
    expect(await detailFrom(server.url)).toBe(
      `connection to [::1]:${server.port} refused (ECONNREFUSED); is the server running?`,
    );
  });

  test.each([
    ['of an unknown authority', 'unknown', trusted, 'is signed by an authority that is not known here'],
    [
      'of our own authority, without tls_ca',
      'localhost',
      { caFile: null, verify: true },
      'is signed by an authority that is not known here',
    ],
    ['for another name', 'wrong-name', trusted, 'is for another name (ERR_TLS_CERT_ALTNAME_INVALID)'],
  ])('a certificate %s is refused, with the reason, before a word is said', async (_what, tls, settings, reason) => {
    let words = 0;
    const server = await serve({
      tls,
      take: () => {
        words += 1;
      },
    });
    const outcome = await post(server.url, { tls: settings });
    expect(outcome).toMatchObject({ failure: { detail: expect.stringContaining(reason) }, mayHaveArrived: false });
    await server.until(({ open }) => open.size === 0);
    expect(words).toBe(0);
  });

  test('no certificate is looked at where tls_verify is off', async () => {
    const server = await serve({ tls: 'unknown' });
    expect(await answerFrom(server.url, { tls: { caFile: null, verify: false } })).toMatchObject({ status: 204 });
  });

  test.each([
    ['that is not there', 'no-such.crt', /can't be read \(ENOENT\); correct tls_ca/],
    ['that holds no certificate', 'README.md', /does not begin with a PEM certificate; correct tls_ca/],
  ])('a CA file %s is named', async (_what, file, sentence) => {
    const detail = await detailFrom('https://127.0.0.1:1', { tls: { caFile: tlsFile(file), verify: true } });
    expect(detail).toContain(tlsFile(file));
    expect(detail).toMatch(sentence);
  });

  test('a server that asks for a client certificate is named as one', async () => {
    const pair = { cert: readFileSync(tlsFile('localhost.crt')), key: readFileSync(tlsFile('localhost.key')) };
    const where = await listenOn(
      createSecureServer({ ...pair, requestCert: true, ca: readFileSync(tlsFile('ca.crt')) }),
    );
    expect(await detailFrom(`https://${where}`, { tls: trusted })).toBe(
      `${where} asks for a client certificate (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED), and the agent has none`,
    );
  });

  test('a server that does not speak TLS is named, with what to write instead', async () => {
    const server = await serve();
    expect(await detailFrom(server.url.replace('http:', 'https:'))).toMatch(
      new RegExp(`does not speak TLS .*; if it is a plain server, write http://127\\.0\\.0\\.1:${server.port}$`),
    );
  });

  test('a server that expects TLS and gets none is named, with what to write instead', async () => {
    const server = await serve({ tls: 'localhost' });
    expect(await detailFrom(server.url.replace('https:', 'http:'))).toBe(
      `127.0.0.1:${server.port} closed the connection before it answered; if it expects TLS, write https://127.0.0.1:${server.port}`,
    );
  });

  test('a server that breaks off the handshake is named as one', async () => {
    const where = await peer((_text, connection) => connection.end());
    expect(await detailFrom(`https://${where}`)).toBe(
      `${where} broke off the TLS handshake (ECONNRESET); does it speak TLS?`,
    );
  });
});
