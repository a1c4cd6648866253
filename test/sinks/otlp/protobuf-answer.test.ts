import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/io/net/http-post.ts';
import { readProtobufAnswer } from '../../../src/sinks/otlp/protobuf-answer.ts';
import { judgeOtlpAnswer } from '../../../src/sinks/otlp/protocol.ts';
import { otlpResponse, rpcStatus } from '../../helpers/otlp-protobuf.ts';

function answer(status: number, body: Uint8Array, isWhole = true): HttpAnswer {
  const text = new TextDecoder().decode(body);
  return { status, text, retryAfter: null, date: null, location: null, samplesWritten: null, isWhole };
}

/** What the text of an answer becomes. */
function read(status: number, body: Uint8Array, isWhole = true): string {
  return readProtobufAnswer(answer(status, body, isWhole), Buffer.from(body)).text;
}

const peer = { url: 'http://o', keys: 'url', login: null, secrets: ['s3cret'], encoding: 'protobuf' } as const;

function judge(status: number, body: Uint8Array, isWhole = true) {
  return judgeOtlpAnswer(readProtobufAnswer(answer(status, body, isWhole), Buffer.from(body)), peer, 100, 0);
}

describe('a success', () => {
  test.each([
    ['in full', otlpResponse()],
    ['without a field set', otlpResponse({})],
    ['with a warning', otlpResponse({ errorMessage: 'slow down' })],
    ['that rejects less than nothing', otlpResponse({ rejectedDataPoints: -1, errorMessage: 'odd' })],
    ['that names points as text', Buffer.from([10, 3, 10, 1, 0x37])],
  ])('%s: all has arrived', (_what, body) => {
    expect(judge(200, body)).toEqual({ kind: 'accepted', confirmed: true });
  });

  test('that rejects points loses these and no more, in the words of the server', () => {
    const body = otlpResponse({ rejectedDataPoints: 3, errorMessage: 'too old, s3cret' });
    expect(body.toString('hex')).toBe('0a130803120f746f6f206f6c642c20733363726574'); // as OpenTelemetry's code writes it
    expect(judge(200, body)).toEqual({
      kind: 'dropped',
      samples: 3,
      detail: 'http://o answered 200 and rejected data points ("too old, ***")',
    });
    expect(judge(200, otlpResponse({ rejectedDataPoints: 2 ** 40 }))).toMatchObject({ kind: 'dropped', samples: 100 });
  });

  test('that is cut loses what it counts before the cut', () => {
    const body = otlpResponse({ rejectedDataPoints: 3, errorMessage: 'x'.repeat(300) });
    expect(judge(200, body.subarray(0, 20), false)).toMatchObject({ kind: 'dropped', samples: 3 });
    expect(judge(200, body.subarray(0, 1), false)).toMatchObject({ kind: 'accepted' });
    expect(judge(200, body.subarray(0, 20))).toMatchObject({ kind: 'accepted' }); // not cut, and not protobuf
  });
});

describe('a failure', () => {
  test.each([
    [{ code: 3, message: 'no s3cret' }, ' ("no ***")'],
    [{ message: 'späte \u0007 Punkte' }, ' ("späte \\x07 Punkte")'],
    [{ code: 3 }, ' ("{"code":3,"message":""}")'],
  ])('%j is quoted as text', (fields, quoted) => {
    expect(judge(400, rpcStatus(fields))).toEqual({
      kind: 'dropped',
      samples: 100,
      detail: `http://o answered 400${quoted}`,
    });
  });

  test('that is cut is quoted up to the cut', () => {
    const body = rpcStatus({ code: 3, message: `no ${'x'.repeat(300)}` });
    expect(read(500, body.subarray(0, 20), false)).toBe(JSON.stringify({ code: 3, message: `no ${'x'.repeat(12)}` }));
    expect(read(500, body.subarray(0, 4), false)).toBe('{"code":3,"message":""}');
  });
});

test.each([
  '',
  'ok',
  '404 page not found\n',
  '{"partialSuccess":{}}',
  '{"message":"no"}',
  '\n<html></html>',
  ' \t\r\n{}',
])('text is not taken for protobuf: %j', (text) => {
  for (const status of [200, 400]) expect(read(status, Buffer.from(text))).toBe(text);
});

test.each([
  ['a number that does not end', [8, 0xff]],
  ['a number that is too long', [8, ...Array<number>(10).fill(0x80), 1]],
  ['a tag that does not end', [0x80]],
  ['a length that does not end', [18, 0x80]],
  ['a length beyond the end', [18, 9, 0x41]],
  ['a fixed64 beyond the end', [8, 3, 25, 1]],
  ['a fixed32 beyond the end', [8, 3, 29, 1]],
  ['a group', [8, 3, 27]],
])('%s: the answer stays as it is', (_what, bytes) => {
  const body = Buffer.from(bytes);
  expect(read(400, body)).toBe(new TextDecoder().decode(body));
});

test('fields that are not known are passed over', () => {
  const others = Buffer.from([0x28, 1, 0x31, 1, 2, 3, 4, 5, 6, 7, 8, 0x3d, 1, 2, 3, 4, 0x42, 1, 65]);
  expect(read(500, Buffer.concat([others, rpcStatus({ message: 'no' }), others]))).toBe('{"message":"no"}');
});

test('no bytes make it throw', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(fc.constantFrom(0, 1, 8, 10, 13, 18, 127, 128, 255), { maxLength: 20 }).map((each) => Buffer.from(each)),
  );
  fc.assert(
    fc.property(anyBytes, fc.constantFrom(200, 400, 503), fc.boolean(), (body, status, isWhole) => {
      expect(judge(status, body, isWhole).kind).toMatch(/^(accepted|dropped|returned)$/);
    }),
  );
});
