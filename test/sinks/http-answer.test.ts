import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../src/io/http.ts';
import type { Delivery } from '../../src/model/sink.ts';
import { type HttpPeer, type HttpVerdict, joinDeliveries, judgeAnswer, quoteAnswer } from '../../src/sinks/http-answer.ts';

const peer: HttpPeer = {
  url: 'http://db:8086/write?db=x',
  keys: 'url or database in [sink:influx]',
  login: { what: 'token', origin: '/etc/x.ini:7' },
  secrets: ['s3cret/T=='],
};

function answer(status: number, change: Partial<HttpAnswer> = {}): HttpAnswer {
  return { status, retryAfter: null, date: null, location: null, text: '', isWhole: true, ...change };
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
  });

  test.each([400, 406, 409, 411, 418, 422, 499])('%d: the server will never take these samples', (status) => {
    expect(judge(status, { text: 'no' })).toEqual({
      kind: 'dropped',
      samples: 5,
      detail: `http://db:8086/write?db=x answered ${status} ("no")`,
    });
  });

  test('413: perhaps it takes less at a time', () => {
    expect(judge(413)).toEqual({ kind: 'too-large', detail: expect.stringContaining('answered 413: one sample alone is too large') });
  });

  test.each([401, 403, 407])('%d: our login is refused, and nothing of the batch can have arrived', (status) => {
    expect(judge(status, { text: 'unauthorized' })).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        detail: `http://db:8086/write?db=x answered ${status} ("unauthorized"); correct the token from /etc/x.ini:7, or what it may do there`,
      },
      mayHaveArrived: false,
    });
  });

  test('401 without a login of ours: one is missing', () => {
    const verdict = judgeAnswer(answer(401), { ...peer, login: null, secrets: [] }, 5, 0);
    expect(troubleOf(verdict).detail).toBe('http://db:8086/write?db=x answered 401; it wants a login, and none is configured');
  });

  test.each([402, 404, 405, 410, 415, 421, 426, 431, 451])('%d: the mistake is ours, and nothing is lost by it', (status) => {
    expect(judge(status, { text: '{"error":"database not found: \\"x\\""}' })).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        detail: `http://db:8086/write?db=x answered ${status} ("database not found: \\"x\\""); correct url or database in [sink:influx]`,
      },
      mayHaveArrived: false,
    });
  });

  test.each([301, 302, 307, 308])('%d: nobody is followed, and it is told where it leads', (status) => {
    expect(troubleOf(judge(status, { location: 'https://db/write' }))).toEqual({
      kind: 'refused',
      detail: `http://db:8086/write?db=x answered ${status}; it sends us to "https://db/write", and we follow nobody: correct url or database in [sink:influx]`,
    });
    expect(troubleOf(judge(status)).detail).toBe(`http://db:8086/write?db=x answered ${status}; correct url or database in [sink:influx]`);
  });

  test.each([
    '<center>The plain HTTP request was sent to HTTPS port</center>',
    'Client sent an HTTP request to an HTTPS server.\n',
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
  ])('400 with the words %j loses nothing: the address wants https', (text) => {
    expect(troubleOf(judge(400, { text }))).toEqual({ kind: 'refused', detail: expect.stringMatching(/; write url = https:\/\/…$/) });
  });

  test.each([408, 425, 429, 503])('%d: the server asks for patience, and nothing of the batch has arrived', (status) => {
    expect(judge(status, { text: 'slow', retryAfter: '7' })).toEqual({
      kind: 'returned',
      trouble: { kind: 'busy', detail: `http://db:8086/write?db=x answered ${status} ("slow")`, retryAfterMs: 7000 },
      mayHaveArrived: false,
    });
  });

  test.each([0, 101, 199, 500, 501, 502, 504, 599, 600])('%d: the server failed, and some may have arrived', (status) => {
    expect(judge(status)).toEqual({
      kind: 'returned',
      trouble: { kind: 'lost', detail: `http://db:8086/write?db=x answered ${status}` },
      mayHaveArrived: true,
    });
  });
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
    expect(troubleOf(judge(503, { retryAfter: later, date: 'noon' }, Date.parse(now)))).toMatchObject({ retryAfterMs: 60_000 });
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
    expect(quote('{"message":3}')).toBe(' ("{\\"message\\":3}")');
    expect(quote('[null]')).toBe(' ("[null]")');
    expect(quote(' \n')).toBe('');
  });

  test('are cut to 200 characters on one line, control characters escaped', () => {
    expect(quote(`a\r\n\tb\u001b[31m\u0085\u202e\u0000"`)).toBe(' ("a b\\u001b[31m\\u{85}\\u{202e}\\u0000\\"")');
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

  test('never hold the longer of two secrets in part', () =>
    expect(quote('Bearer abc', ['abc', 'Bearer abc', 'Bearer', ''])).toBe(' ("***")'));

  test('never hold any secret, whatever its characters', () => {
    const secrets = fc
      .string({ minLength: 4, unit: fc.constantFrom(...'aZ09/+=_-.~!*"\\<>&%$^(){}[]|?é€ ') })
      .filter((text) => text.trim().length > 3);
    fc.assert(
      fc.property(secrets, (secret) => {
        for (const form of [secret, encodeURIComponent(secret), JSON.stringify({ message: secret }), JSON.stringify(secret).slice(1, -1)])
          expect(quote(`${form}`, [secret])).toBe(' ("***")');
      }),
    );
  });
});

describe('a batch that went in two parts', () => {
  const accepted: Delivery = { kind: 'accepted', confirmed: true };
  const dropped = (samples: number): Delivery => ({ kind: 'dropped', samples, detail: `${samples} are bad` });
  const busy: Delivery = { kind: 'returned', trouble: { kind: 'busy', detail: 'wait', retryAfterMs: null }, mayHaveArrived: false };

  test('has arrived when both have', () => expect(joinDeliveries(accepted, 3, accepted)).toEqual(accepted));

  test('is dropped as far as its parts are', () => {
    expect(joinDeliveries(dropped(2), 3, accepted)).toEqual(dropped(2));
    expect(joinDeliveries(accepted, 3, dropped(1))).toEqual(dropped(1));
    expect(joinDeliveries(dropped(2), 3, dropped(1))).toEqual({ kind: 'dropped', samples: 3, detail: '2 are bad' });
  });

  test('comes back whole when a part does; some may have arrived, unless all of the first part was dropped', () => {
    expect(joinDeliveries(busy, 3, accepted)).toEqual(busy);
    expect(joinDeliveries(accepted, 3, busy)).toEqual({ ...busy, mayHaveArrived: true });
    expect(joinDeliveries(dropped(2), 3, busy)).toEqual({ ...busy, mayHaveArrived: true });
    expect(joinDeliveries(dropped(3), 3, busy)).toEqual(busy);
  });
});
