import { afterEach, describe, expect, test } from 'vitest';
import { type HttpOutcome, httpPost } from '../../../src/io/net/http-post.ts';
import type { SinkHttpRequest } from '../../../src/io/net/http-request.ts';
import { fakeClock } from '../../helpers/fake-clock.ts';
import { tlsFile } from '../../helpers/fake-collector.ts';
import { type FakeHttpServer, fakeHttpServer } from '../../helpers/fake-http-server.ts';
import { type FakeProxy, fakeProxy } from '../../helpers/fake-proxy.ts';
import { secrets } from '../../helpers/secrets.ts';
import { turn } from '../../helpers/turns.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const login = { username: 'ann', password: secrets.password };
const trusted = { caFile: tlsFile('ca.crt'), verify: true };
const largeBody = 'x'.repeat(8 * 1024 * 1024); // more than any buffer takes

type Setting = { readonly server: FakeHttpServer; readonly proxy: FakeProxy };

async function setUp(options: { readonly tls?: string; readonly login?: string } = {}): Promise<Setting> {
  const server = await fakeHttpServer(options.tls === undefined ? {} : { tls: options.tls });
  const proxy = await fakeProxy({ login: options.login ?? null });
  closers.push(server.close, proxy.close);
  return { server, proxy };
}

function start({ server, proxy }: Setting, change: Partial<SinkHttpRequest> = {}, clock = fakeClock()) {
  const request = {
    url: `${server.url}/write?db=x`,
    headers: { authorization: 'Token t' },
    body: 'a b\n',
    tls: trusted,
    silenceMs: 10_000,
    proxy: proxy.settings,
    ...change,
  };
  let abort: () => void = () => {};
  const outcome = new Promise<HttpOutcome>((resolve) => {
    abort = httpPost(clock, request, resolve).abort;
  });
  return { outcome, abort };
}

async function detailFrom(setting: Setting, change: Partial<SinkHttpRequest> = {}): Promise<string> {
  const outcome = await start(setting, change).outcome;
  return outcome.kind === 'failed' ? outcome.failure.detail : `answered ${outcome.answer.status}`;
}

describe.each([
  ['http', undefined],
  ['https', 'localhost'],
])('a request for %s', (scheme, tls) => {
  const options = tls === undefined ? {} : { tls };

  test('arrives through the proxy as it would without one, and the answer comes back', async () => {
    const setting = await setUp(options);
    const { server, proxy } = setting;
    server.reply({ status: 202, body: 'words' });
    const direct = await start(setting, { proxy: null }).outcome;
    const { outcome } = start(setting);
    const ofProxy = scheme === 'http' ? { proxy: `127.0.0.1:${proxy.port}` } : {};
    expect(direct).toMatchObject({ kind: 'answered', answer: { status: 202, text: 'words', isWhole: true } });
    expect(await outcome).toMatchObject({ kind: 'answered', answer: { status: 202, text: 'words', ...ofProxy } });
    expect(server.requests[1]).toEqual(server.requests[0]);
    const where = new URL(server.url).host;
    expect(proxy.asked).toEqual([scheme === 'http' ? `POST http://${where}/write?db=x` : `CONNECT ${where}`]);
    await proxy.until(({ open }) => open.size === 0);
  });

  test('has its body whole, however large it is', async () => {
    const setting = await setUp(options);
    expect(await detailFrom(setting, { body: largeBody })).toBe('answered 204');
    expect(setting.server.requests[0]?.body.length).toBe(largeBody.length);
  });

  test('without a login, where the proxy asks for one, says what to write, and nothing has arrived', async () => {
    const setting = await setUp({ ...options, login: `${login.username}:${login.password}` });
    const where = `127.0.0.1:${setting.proxy.port}`;
    expect(await start(setting).outcome).toEqual({
      kind: 'failed',
      failure: {
        code: 'ERR_PROXY_ANSWER',
        detail: `the proxy ${where} asks for a name and a password: proxy = http://USER:PASSWORD@${where}`,
      },
      mayHaveArrived: false,
    });
    expect(setting.server.requests).toEqual([]);
  });

  test('logs in to the proxy, and the server sees nothing of that', async () => {
    const setting = await setUp({ ...options, login: `${login.username}:${login.password}` });
    const { settings } = setting.proxy;
    expect(await detailFrom(setting, { proxy: { ...settings, login } })).toBe('answered 204');
    expect(JSON.stringify(setting.server.requests)).not.toContain('proxy');
    expect(await detailFrom(setting, { proxy: { ...settings, login: { ...login, password: 'wrong' } } })).toBe(
      `the proxy 127.0.0.1:${settings.port} refuses the name and the password from /etc/x.ini:3; correct them`,
    );
  });

  test('to a proxy that is not there names the proxy', async () => {
    const setting = await setUp(options);
    await setting.proxy.close();
    expect(await start(setting).outcome).toMatchObject({
      failure: {
        code: 'ECONNREFUSED',
        detail: `connection to 127.0.0.1:${setting.proxy.port} refused (ECONNREFUSED); is the proxy running?`,
      },
      mayHaveArrived: false,
    });
  });

  test('that is aborted drops its connection to the proxy', async () => {
    const setting = await setUp(options);
    const { server, proxy } = setting;
    server.reply('never');
    const { abort } = start(setting);
    await server.until(({ requests }) => requests.length === 1);
    abort();
    await proxy.until(({ open }) => open.size === 0);
  });

  test('gives up after 10 s of silence of the server', async () => {
    const setting = await setUp(options);
    setting.server.reply('never');
    const clock = fakeClock();
    const { outcome } = start(setting, {}, clock);
    await setting.server.until(({ requests }) => requests.length === 1);
    for (let turns = 0; turns < 20; turns += 1) await turn(); // the client learns that all was written
    clock.advance(10_000);
    const where = new URL(setting.server.url).host;
    expect(await outcome).toMatchObject({
      failure: {
        detail: `${where} was silent for 10 s before it answered through the proxy 127.0.0.1:${setting.proxy.port}`,
      },
      mayHaveArrived: true,
    });
    await setting.proxy.until(({ open }) => open.size === 0);
  });
});

describe('a tunnel', () => {
  const options = { tls: 'localhost' };

  test.each([
    [403, 'Filtered', '(Filtered|"Filtered").* to CONNECT W; it must let the agent through to W'],
    [502, 'Bad Gateway', 'to CONNECT W; it does not reach W, or not at the moment'],
    [504, '', 'answered 504 to CONNECT W; it does not reach W'],
  ])('that the proxy refuses with %i is told as the answer of the proxy', async (status, phrase, sentence) => {
    const setting = await setUp(options);
    setting.proxy.answerWith(status, phrase);
    const where = new URL(setting.server.url).host;
    const outcome = await start(setting).outcome;
    expect(outcome).toMatchObject({ kind: 'failed', mayHaveArrived: false });
    const detail = outcome.kind === 'failed' ? outcome.failure.detail : '';
    expect(detail).toMatch(new RegExp(`^the proxy 127.0.0.1:${setting.proxy.port} answered ${status}`));
    expect(detail).toMatch(new RegExp(sentence.replaceAll('W', where)));
  });

  test('whose proxy sends the login back shows nothing of it', async () => {
    const setting = await setUp({ ...options, login: `${login.username}:${login.password}` });
    setting.proxy.answerWith(403, `no entry for ${login.password}`);
    const proxy = { ...setting.proxy.settings, login };
    const where = new URL(setting.server.url).host;
    expect(await detailFrom(setting, { proxy })).toBe(
      `the proxy 127.0.0.1:${proxy.port} answered 403 to CONNECT ${where}; it must let the agent through to ${where}`,
    );
  });

  test('is open though the answer of the proxy comes byte by byte', async () => {
    const setting = await setUp(options);
    setting.proxy.onConnect((client, answer) => {
      const write = client.write.bind(client);
      client.write = (words: string) => {
        client.write = write;
        for (const character of words) write(character);
        return true;
      };
      answer();
    });
    expect(await detailFrom(setting)).toBe('answered 204');
  });

  test.each([
    ['closes', 'HTTP/1.1 2', 'broke off the connection before it answered (ECONNRESET)'],
    ['answers in no HTTP', 'hello\n', 'did not answer in HTTP'],
    ['answers without an end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`, 'did not answer in HTTP'],
  ])('whose proxy %s is given up, and nothing has arrived', async (_what, words, sentence) => {
    const setting = await setUp(options);
    setting.proxy.onConnect((client) => void client.end(words));
    expect(await start(setting).outcome).toMatchObject({
      failure: { detail: `the proxy 127.0.0.1:${setting.proxy.port} ${sentence}` },
      mayHaveArrived: false,
    });
    await setting.proxy.until(({ open }) => open.size === 0);
  });

  test('whose proxy says nothing for 10 s is given up', async () => {
    const setting = await setUp(options);
    const asked = new Promise<void>((resolve) => setting.proxy.onConnect(() => resolve()));
    const clock = fakeClock();
    const { outcome } = start(setting, {}, clock);
    await asked;
    clock.advance(10_000);
    expect(await outcome).toMatchObject({
      failure: {
        detail: `the proxy 127.0.0.1:${setting.proxy.port} was silent for 10 s while connecting to ${new URL(setting.server.url).host}`,
      },
      mayHaveArrived: false,
    });
    await setting.proxy.until(({ open }) => open.size === 0);
  });

  test('that is aborted before the proxy has answered is dropped', async () => {
    const setting = await setUp(options);
    const asked = new Promise<void>((resolve) => setting.proxy.onConnect(() => resolve()));
    const { abort } = start(setting);
    await asked;
    abort();
    await setting.proxy.until(({ open }) => open.size === 0);
  });

  test('that the proxy closes in the middle is told as through the proxy, and some may have arrived', async () => {
    const setting = await setUp(options);
    const { server, proxy } = setting;
    server.reply('never');
    const { outcome } = start(setting);
    await server.until(({ requests }) => requests.length === 1);
    for (const socket of proxy.open) socket.end();
    expect(await outcome).toMatchObject({
      failure: { detail: expect.stringContaining(`through the proxy 127.0.0.1:${proxy.port}`) },
      mayHaveArrived: true,
    });
  });

  test('that is reset in the middle is told as through the proxy, and some may have arrived', async () => {
    const setting = await setUp(options);
    const { server, proxy } = setting;
    server.reply('never');
    const { outcome } = start(setting);
    await server.until(({ requests }) => requests.length === 1);
    for (const socket of proxy.open) socket.resetAndDestroy();
    expect(await outcome).toMatchObject({
      failure: {
        detail: `connection to ${new URL(server.url).host} was reset by the other side (ECONNRESET) through the proxy 127.0.0.1:${proxy.port}`,
      },
      mayHaveArrived: true,
    });
  });

  test.each([
    ['wrong-name', 'is for another name (ERR_TLS_CERT_ALTNAME_INVALID)'],
    ['unknown', 'is signed by an authority that is not known here'],
  ])('leads to a server whose certificate (%s) is verified against its own name', async (tls, reason) => {
    const setting = await setUp({ tls });
    expect(await detailFrom(setting)).toContain(`the certificate of ${new URL(setting.server.url).host} ${reason}`);
    expect(setting.server.requests).toEqual([]);
    await setting.proxy.until(({ open }) => open.size === 0);
  });

  test('to a proxy that resets the connection names the proxy', async () => {
    const setting = await setUp(options);
    setting.proxy.onConnect(() => {
      for (const socket of setting.proxy.open) socket.resetAndDestroy();
    });
    expect(await detailFrom(setting)).toBe(
      `the proxy 127.0.0.1:${setting.proxy.port} broke off the connection before it answered (ECONNRESET)`,
    );
  });
});
