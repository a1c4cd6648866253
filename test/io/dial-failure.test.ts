import { expect, test } from 'vitest';
import { addressText, errorCode, explainDialFailure } from '../../src/io/dial-failure.ts';

const address = { host: 'collector.example', port: 8001 };

function sentence(code: string, state: { isOpen?: boolean; isTls?: boolean } = {}): string {
  const error = Object.assign(new Error('words of the system'), { code });
  return explainDialFailure(error, address, { isOpen: false, isTls: true, ...state }).detail;
}

test.each([
  ['ECONNREFUSED', 'is the collector running?'],
  ['ENOTFOUND', 'the host name collector.example of collector.example:8001 is not known'],
  ['EAI_AGAIN', 'does the name server answer?'],
  ['ETIMEDOUT', "can't be reached"],
  ['EHOSTUNREACH', "can't be reached"],
  ['ENETUNREACH', "can't be reached"],
  ['EADDRNOTAVAIL', "can't be reached"],
  ['EPROTO', 'TLS to collector.example:8001 failed'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'name its CA file with tls_ca'],
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name'],
  ['CERT_REVOKED', 'was not accepted'],
])('%s is told with the address, the code and what it means', (code, meaning) => {
  expect(sentence(code)).toContain('collector.example:8001');
  expect(sentence(code)).toContain(`(${code})`);
  expect(sentence(code)).toContain(meaning);
});

test('a reset means something else during a TLS handshake than later', () => {
  expect(sentence('ECONNRESET')).toContain('does it speak TLS?');
  expect(sentence('ECONNRESET', { isOpen: true })).toContain('was reset by the other side');
  expect(sentence('ECONNRESET', { isTls: false })).toContain('was reset by the other side');
});

test('what has no code is told by its message, whatever was thrown', () => {
  expect(errorCode(new Error('odd'))).toBe('odd');
  expect(errorCode('odd')).toBe('odd');
  expect(errorCode(undefined)).toBe('undefined');
  expect(explainDialFailure(null, address, { isOpen: true, isTls: false }).detail).toBe(
    'connection to collector.example:8001 failed (null)',
  );
});

test('an IPv6 address stands in square brackets', () => {
  expect(addressText({ host: '::1', port: 80 })).toBe('[::1]:80');
  expect(addressText(address)).toBe('collector.example:8001');
});
