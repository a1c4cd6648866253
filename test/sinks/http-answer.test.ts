import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../src/io/net/http-post.ts';
import { type HttpPeer, type HttpVerdict, judgeAnswer, quoteAnswer } from '../../src/sinks/http-answer.ts';

const peer: HttpPeer = {
  url: 'http://db:8086/write?db=x',
  keys: 'url or database in [sink:influx]',
  login: { what: 'token', origin: '/etc/x.ini:7' },
  secrets: ['s3cret/T=='],
};

function answer(status: number, change: Partial<HttpAnswer> = {}): HttpAnswer {
  return {
    status,
    retryAfter: null,
    date: null,
    location: null,
    samplesWritten: null,
    text: '',
    isWhole: true,
    ...change,
  };
}

function judge(status: number, change: Partial<HttpAnswer> = {}, nowMs = 0): HttpVerdict {
  return judgeAnswer(answer(status, change), peer, 5, nowMs);
}

function troubleOf(verdict: HttpVerdict) {
  if (verdict.kind !== 'returned') throw new Error(`a batch that is ${verdict.kind} has no trouble`);
  return verdict.trouble;
}

describe('an answer', () => {
  test.each([200, 202, 204, 299])('%d: the batch has arrived', (status) => {
    expect(judge(status)).toEqual({ kind: 'accepted', confirmed: true });
    expect(judge(status, { text: '{"partialSuccess":{}}' })).toEqual({ kind: 'accepted', confirmed: true });
    expect(judge(status, { text: 'ok <b>' })).toEqual({ kind: 'accepted', confirmed: true });
  });

  test.each([
    '<!doctype html><html lang="en"><title>InfluxDB</title>',
    '\n <HTML>\n<head>',
    '\ufeff<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
    '<?xml version="1.0"?><!DOCTYPE html>',
    '<!-- portal --><html>',
    '<head><meta http-equiv="refresh">',
  ])('200 with the web page %j: the server has accepted nothing', (text) => {
    expect(judge(200, { text })).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        commands: [],
        sentence:
          'http://db:8086/write?db=x answered 200 with a web page, so it accepted no samples; correct url or database in [sink:influx]',
      },
      mayHaveArrived: false,
    });
  });

  test.each([400, 406, 409, 411, 418, 422, 499])('%d: the server will never take these samples', (status) => {
    expect(judge(status, { text: 'no' })).toEqual({
      kind: 'dropped',
      samples: 5,
      detail: `http://db:8086/write?db=x answered ${status} ("no")`,
    });
  });

  test('413: the server perhaps accepts fewer samples at a time', () => {
    expect(judge(413)).toEqual({ kind: 'too-large', detail: 'http://db:8086/write?db=x answered 413' });
  });

  test.each([401, 403, 407])('%d: the login is refused, and nothing of the batch can have arrived', (status) => {
    expect(judge(status, { text: 'unauthorized' })).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        commands: [],
        sentence: `http://db:8086/write?db=x answered ${status} ("unauthorized"); correct the token from /etc/x.ini:7, or its permissions on the server`,
      },
      mayHaveArrived: false,
    });
  });

  test('401 without a login: one is missing', () => {
    const verdict = judgeAnswer(answer(401), { ...peer, login: null, secrets: [] }, 5, 0);
    expect(troubleOf(verdict).sentence).toBe(
      'http://db:8086/write?db=x answered 401; it requires a login, and none is configured',
    );
  });

  test.each([402, 404, 405, 410, 415, 421, 426, 431, 451])(
    '%d: the address or the account is wrong, and no sample is lost',
    (status) => {
      expect(judge(status, { text: '{"error":"database not found: \\"x\\""}' })).toEqual({
        kind: 'returned',
        trouble: {
          kind: 'refused',
          commands: [],
          sentence: `http://db:8086/write?db=x answered ${status} ("database not found: "x""); correct url or database in [sink:influx]`,
        },
        mayHaveArrived: false,
      });
    },
  );

  test.each([301, 302, 307, 308])('%d: a redirect is not followed, and the sentence says where it leads', (status) => {
    expect(troubleOf(judge(status, { location: 'https://db/write' }))).toEqual({
      kind: 'refused',
      commands: [],
      sentence: `http://db:8086/write?db=x answered ${status}; it redirects to "https://db/write", and the agent does not follow redirects: correct url or database in [sink:influx]`,
    });
    expect(troubleOf(judge(status)).sentence).toBe(
      `http://db:8086/write?db=x answered ${status}; correct url or database in [sink:influx]`,
    );
  });

  test.each([
    ['<center>The plain HTTP request was sent to HTTPS port</center>', 'write url = https://…'],
    ['Client sent an HTTP request to an HTTPS server.\n', 'write url = https://…'],
    ["Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />", 'write url = https://…'],
    [
      '<center>No required SSL certificate was sent</center>',
      'it requires a client certificate, and the agent has none',
    ],
    ['<center>Request Header Or Cookie Too Large</center>', 'shorten the token from /etc/x.ini:7'],
    ['remoteAddr: "127.0.0.1:1"; unsupported path requested: "/vm/write"', 'correct url or database in [sink:influx]'],
    [
      "json encoding isn't supported for opentelemetry format. Use protobuf encoding",
      'it does not accept JSON; use [sink:influx] for VictoriaMetrics',
    ],
  ])('400 with the words %j is about the agent and not the samples: %s', (text, advice) => {
    const verdict = judge(400, { text });
    expect(verdict).toMatchObject({ kind: 'returned', trouble: { kind: 'refused' }, mayHaveArrived: false });
    expect(troubleOf(verdict).sentence).toMatch(/^http:\/\/db:8086\/write\?db=x answered 400 \(".*"\); /);
    expect(troubleOf(verdict).sentence.endsWith(`; ${advice}`)).toBe(true);
    expect(judge(422, { text })).toMatchObject({ kind: 'dropped' });
  });

  test('400 for headers that are too large, without a login: the address must be wrong', () => {
    const verdict = judgeAnswer(
      answer(400, { text: 'Request Header Or Cookie Too Large' }),
      { ...peer, login: null },
      5,
      0,
    );
    expect(troubleOf(verdict).sentence).toMatch(/; correct url or database in \[sink:influx\]$/);
  });

  test.each([
    [425, false],
    [429, false],
    [408, true], // a proxy's, which may have passed on what it was sent
    [503, true],
  ])('%d: the server asks for patience; that some of the batch may have arrived is %s', (status, mayHaveArrived) => {
    expect(judge(status, { text: 'slow', retryAfter: '7' })).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'busy',
        commands: [],
        sentence: `http://db:8086/write?db=x answered ${status} ("slow")`,
        retryAfterMs: 7000,
      },
      mayHaveArrived,
    });
  });

  test.each([0, 101, 199, 500, 501, 502, 504, 599, 600])(
    '%d: the server failed, and some may have arrived',
    (status) => {
      expect(judge(status)).toEqual({
        kind: 'returned',
        trouble: { kind: 'lost', commands: [], sentence: `http://db:8086/write?db=x answered ${status}` },
        mayHaveArrived: true,
      });
    },
  );
});

describe('the patience a server asks for', () => {
  const now = 'Sun, 06 Nov 1994 08:49:37 GMT';
  const later = 'Sun, 06 Nov 1994 08:50:37 GMT';

  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['-5', 0],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    [later, 60_000],
    ['Sun, 06 Nov 1994 08:49:07 GMT', 0],
    ['Sun, 99 Nov 1994 08:49:37 GMT', null],
    ['1.5', null],
    ['1e3', null],
    ['soon', null],
    ['2026-11-22', null],
    ['', null],
    [null, null],
  ])('%j is understood as %j ms', (retryAfter, retryAfterMs) => {
    expect(troubleOf(judge(503, { retryAfter }, Date.parse(now)))).toMatchObject({ retryAfterMs });
  });

  test("is counted by the server's own clock where it tells the time", () => {
    expect(troubleOf(judge(503, { retryAfter: later, date: now }, 0))).toMatchObject({ retryAfterMs: 60_000 });
    expect(troubleOf(judge(503, { retryAfter: later, date: 'noon' }, Date.parse(now)))).toMatchObject({
      retryAfterMs: 60_000,
    });
  });
});

describe("a server's words", () => {
  const quote = (text: string, secrets: readonly string[] = peer.secrets, isWhole = true) =>
    quoteAnswer(answer(400, { text, isWhole }), secrets);

  test('are taken from the field of its JSON that says what went wrong', () => {
    expect(quote('{"code":"invalid","message":"bad line"}')).toBe(' ("bad line")');
    expect(quote('{"error":"bad line"}')).toBe(' ("bad line")');
    expect(quote('{"message":"","error":"bad line"}')).toBe(' ("bad line")');
    expect(quote('{"partialSuccess":{"errorMessage":"bad point"}}')).toBe(' ("bad point")');
    expect(quote('{"message":3}')).toBe(' ("{"message":3}")');
    expect(quote('[null]')).toBe(' ("[null]")');
    expect(quote(' \n')).toBe('');
  });

  test('are cut to 200 characters on one line, control characters escaped', () => {
    expect(quote(`a\r\n\tb\u001b[31m\u0085\u202e\u0000"`)).toBe(' ("a b\\x1b[31m\\x85\\u{202e}\\x00"")');
    expect(quote('x'.repeat(201))).toBe(` ("${'x'.repeat(200)}…")`);
  });

  test.each([
    ['as it is', 's3cret/T=='],
    ['in another case', 'S3CRET/t=='],
    ['in JSON', 's3cret\\/T\\u003d\\u003d'],
    ['in a URL', 's3cret%2FT%3d%3D'],
    ['in HTML', 's3cret&#47;T&equals;='],
    ['in a field of JSON', '{"message":"bad token s3cret\\/T=="}'],
  ])('never hold a secret that the server sends back %s', (_how, text) => {
    const quoted = quote(`${text} and ${text}`.slice(0, text.startsWith('{') ? text.length : undefined));
    expect(quoted).toContain('***');
    expect(quoted).not.toMatch(/s3cret/i);
  });

  test('never hold half a secret, where they were cut', () => {
    const secret = 'abcdefghij'.repeat(10);
    const text = secret.repeat(40) + secret.slice(0, 96);
    expect(quote(text, [secret], false)).not.toMatch(/abc/);
    expect(quote('x'.repeat(4000), [], false)).toBe(` ("${'x'.repeat(200)}…")`);
  });

  test('never hold a secret, or half a one, though the answer is endless', () => {
    const secret = 'abcdefghij'.repeat(10);
    expect(quote(` ${secret} ${'\n'.repeat(65_390)}${secret}${secret}`, [secret])).toBe(' ("***")');
  });

  test('never hold a secret with half a character in it, which arrives as U+FFFD', () => {
    const secret = 'pass\ud800/word';
    const sent = Buffer.from(secret).toString();
    for (const form of [sent, encodeURIComponent(sent), 'pass\\ufffd\\/word'])
      expect(quote(form, [secret])).toBe(' ("***")');
  });

  test('never hold the longer of two secrets in part', () =>
    expect(quote('Bearer abc', ['abc', 'Bearer abc', 'Bearer', ''])).toBe(' ("***")'));

  test('never hold any secret, whatever its characters', () => {
    const secrets = fc
      .string({ minLength: 4, unit: fc.constantFrom(...'aZ09/+=_-.~!*"\\<>&%$^(){}[]|?é€ ') })
      .filter((text) => text.trim().length > 3);
    fc.assert(
      fc.property(secrets, (secret) => {
        for (const form of [
          secret,
          encodeURIComponent(secret),
          JSON.stringify({ message: secret }),
          JSON.stringify(secret).slice(1, -1),
        ])
          expect(quote(`${form}`, [secret])).toBe(' ("***")');
      }),
    );
  });
});
