import { expect, test } from 'vitest';
import { formatHostPort, parseHostPort } from '../../src/words/addresses.ts';

test.each([
  ['web-1.example.com', 'web-1.example.com', null],
  ['127.0.0.1:8642', '127.0.0.1', 8642],
  ['[::1]', '::1', null],
  ['[fe80::1%eth0]:0', 'fe80::1%eth0', 0],
])('`%s` is host %s, port %s', (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port });
});

test.each(['', ':80', '::1', 'a b', 'host:', 'host:65536', 'http://host'])('`%s` is not an address', (text) => {
  expect(parseHostPort(text)).toBeNull();
});

test('a host and a port are shown as they are read', () => {
  for (const text of ['host:80', '[::1]:80']) {
    const { host = '', port = 0 } = parseHostPort(text) ?? {};
    expect(formatHostPort({ host, port: port ?? 0 })).toBe(text);
  }
});
