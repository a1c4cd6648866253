import { expect, test } from 'vitest';
import { codeOf } from '../../../src/io/errors.ts';
import { explainConnectionFailure } from '../../../src/io/net/connection-failure.ts';
import { formatHostPort } from '../../../src/words/addresses.ts';

const address = { host: 'collector.example', port: 8001 };

function sentence(code: string, state: { isOpen?: boolean; isTls?: boolean } = {}): string {
  const error = Object.assign(new Error('words of the system'), { code });
  return explainConnectionFailure(error, address, { isOpen: false, isTls: true, ...state }).detail;
}

test.each([
  ['ECONNREFUSED', 'is the collector running?'],
  ['ENOTFOUND', 'the host name collector.example of collector.example:8001 is not known'],
  ['EAI_AGAIN', 'no usable answer from the name server; check /etc/resolv.conf'],
  ['ERR_LOOKUP_WAITS', 'the name server does not answer about other names'],
  ['ETIMEDOUT', "can't be reached"],
  ['EHOSTUNREACH', "can't be reached"],
  ['ENETUNREACH', "can't be reached"],
  ['EADDRNOTAVAIL', "can't be reached"],
  ['EPROTO', 'TLS to collector.example:8001 failed'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'the agent needs TLS 1.2 or newer'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'name its CA file with tls_ca'],
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name'],
  ['CERT_REVOKED', 'was not accepted'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'asks for a client certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'asks for a client certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'asks for a client certificate'],
])('%s is explained with the address, the code and its meaning', (code, meaning) => {
  expect(sentence(code)).toContain('collector.example:8001');
  expect(sentence(code)).toContain(`(${code})`);
  expect(sentence(code)).toContain(meaning);
});

test('a reset means something else during a TLS handshake than later', () => {
  expect(sentence('ECONNRESET')).toContain('does it speak TLS?');
  expect(sentence('ECONNRESET', { isOpen: true })).toContain('was reset by the other side');
  expect(sentence('ECONNRESET', { isTls: false })).toContain('was reset by the other side');
});

test.each([
  [
    'the frame SETTINGS',
    [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 5],
    /speaks HTTP\/2, as gRPC does \(HPE_INVALID_CONSTANT\); .* 4318/,
  ],
  ['another frame', [0, 0, 6, 7, 0, 0, 0, 0, 0, 0, 5], /did not answer in HTTP/],
  ['a frame of a stream', [0, 0, 6, 4, 0, 0, 0, 0, 1, 0, 5], /did not answer in HTTP/],
  ['half a frame', [0, 0, 6, 4, 0, 0], /did not answer in HTTP/],
  ['nothing', [], /did not answer in HTTP/],
])('an answer that begins with %s is recognized', (_what, bytes, sentenceOf) => {
  const error = Object.assign(new Error('Parse Error'), {
    code: 'HPE_INVALID_CONSTANT',
    rawPacket: Uint8Array.from(bytes),
  });
  expect(explainConnectionFailure(error, address, { isOpen: true, isTls: false }).detail).toMatch(sentenceOf);
});

test('an error without a code is explained by its message, and so is any other value', () => {
  expect(codeOf(new Error('odd'))).toBe('odd');
  expect(codeOf('odd')).toBe('odd');
  expect(codeOf(undefined)).toBe('undefined');
  expect(explainConnectionFailure(null, address, { isOpen: true, isTls: false }).detail).toBe(
    'connection to collector.example:8001 failed (null)',
  );
});

test('an IPv6 address stands in square brackets', () => {
  expect(formatHostPort({ host: '::1', port: 80 })).toBe('[::1]:80');
  expect(formatHostPort(address)).toBe('collector.example:8001');
});
