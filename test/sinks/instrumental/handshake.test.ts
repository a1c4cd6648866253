import { expect, test } from 'vitest';
import { afterReply, beginHandshake, type Handshake, maskKey } from '../../../src/sinks/instrumental/handshake.ts';

const peer = { address: 'collector.example:8001', key: 's3cret', keyOrigin: '/etc/instrument_server.ini:4' };
const authenticating: Handshake = { kind: 'authenticating' };

test('ok to hello leads to authenticate, ok to that makes ready', () => {
  const second = afterReply(beginHandshake, 'ok', peer);
  expect(second).toEqual(authenticating);
  expect(afterReply(second, 'ok', peer)).toEqual({ kind: 'ready' });
});

test('fail to authenticate is a refused key, and the sentence names its origin', () => {
  expect(afterReply(authenticating, 'fail', peer)).toEqual({
    kind: 'failed',
    trouble: {
      kind: 'refused',
      commands: [],
      sentence:
        'collector.example:8001 refuses the API key from /etc/instrument_server.ini:4 (it answered "fail"); replace it with your account\'s API key',
    },
  });
});

test('fail to hello says nothing about the key', () => {
  expect(afterReply(beginHandshake, 'fail', peer)).toMatchObject({ kind: 'failed', trouble: { kind: 'lost' } });
});

test('a word that only begins with fail is not a refusal', () => {
  expect(afterReply(authenticating, 'failover in progress', peer)).toMatchObject({ trouble: { kind: 'lost' } });
});

test('any other answer is quoted, cut, with control characters escaped', () => {
  const failed = afterReply(authenticating, `\u001b[31m${'x'.repeat(500)}`, peer);
  if (failed.kind !== 'failed') throw new Error('it should have failed');
  expect(failed.trouble.sentence).toContain('collector.example:8001 answered "\\x1b[31mxxx');
  expect(failed.trouble.sentence.length).toBeLessThan(250);
});

test('a key that the server sends back is in no message', () => {
  for (const reply of ['fail s3cret is unknown', 'error: s3cret?']) {
    expect(JSON.stringify(afterReply(authenticating, reply, peer))).not.toContain('s3cret');
  }
});

test('nothing changes a handshake that is over', () => {
  const ready: Handshake = { kind: 'ready' };
  const failed = afterReply(beginHandshake, 'no', peer);
  expect(afterReply(ready, 'fail', peer)).toBe(ready);
  expect(afterReply(failed, 'ok', peer)).toBe(failed);
});

test('a key that is not ASCII is masked too when it comes back', () => {
  const comesBack = Buffer.from('fail clé-s3cret').toString('latin1');
  expect(maskKey(comesBack, 'clé-s3cret')).toBe('fail ***');
});

test('masking leaves a text alone where there is no key', () => {
  expect(maskKey('ok', '')).toBe('ok');
  expect(maskKey('a s3cret b s3cret', 's3cret')).toBe('a *** b ***');
});
