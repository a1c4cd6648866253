import { expect, test } from 'vitest';
import { isExemptFromProxy } from '../../../src/io/net/no-proxy.ts';

test.each([
  // loopback is exempt whatever the list says
  ['', 'localhost', 80, true],
  ['', 'LOCALHOST.', 80, true],
  ['', '127.0.0.1', 80, true],
  ['', '127.9.9.9', 80, true],
  ['', '::1', 80, true],
  ['', 'localhost.example.com', 80, false],
  ['', '10.0.0.1', 80, false],
  ['', 'example.com', 80, false],
  // names, and those below them
  ['example.com', 'example.com', 80, true],
  ['example.com', 'Example.COM.', 80, true],
  ['Example.com', 'a.b.example.com', 80, true],
  ['example.com', 'notexample.com', 80, false],
  ['example.com', 'example.com.net', 80, false],
  ['.example.com', 'a.example.com', 80, true],
  ['.example.com', 'example.com', 80, false],
  ['*.example.com', 'a.example.com', 80, true],
  ['*.example.com', 'example.com', 80, false],
  // lists
  ['a.net,example.com', 'example.com', 80, true],
  [' a.net , example.com ', 'example.com', 80, true],
  ['a.net example.com', 'example.com', 80, true],
  ['a.net,,', 'example.com', 80, false],
  ['.', 'example.com', 80, false],
  ['*', 'example.com', 80, true],
  ['a.net,*', '10.0.0.1', 80, true],
  // ports
  ['example.com:8086', 'example.com', 8086, true],
  ['example.com:8086', 'a.example.com', 8086, true],
  ['example.com:8086', 'example.com', 80, false],
  ['10.0.0.1:8086', '10.0.0.1', 8086, true],
  ['10.0.0.1:8086', '10.0.0.1', 8087, false],
  ['[fd00::1]:8086', 'fd00::1', 8086, true],
  ['[fd00::1]:8086', 'fd00::1', 8087, false],
  // addresses
  ['10.0.0.1', '10.0.0.1', 80, true],
  ['10.0.0.1', '10.0.0.2', 80, false],
  ['10.0.0.1', 'a.10.0.0.1', 80, false],
  ['fd00::1', 'fd00:0:0::1', 80, true],
  ['[fd00::1]', 'fd00::1', 80, true],
  ['10.0.0.0/8', '10.200.3.4', 80, true],
  ['10.0.0.0/8', '11.0.0.1', 80, false],
  ['10.0.0.0/8', 'example.com', 80, false],
  ['10.0.0.0/33', '10.0.0.1', 80, false],
  ['fd00::/16', 'fd00:1::7', 80, true],
  ['fd00::/16', 'fe00::1', 80, false],
  ['10.0.0.0/8', 'fd00::1', 80, false],
  ['999.0.0.0/8', '10.0.0.1', 80, false],
  ['a:b:c', 'example.com', 80, false],
])('with no_proxy "%s", %s:%i is exempt: %s', (noProxy, host, port, isExempt) => {
  expect(isExemptFromProxy(noProxy, { host, port })).toBe(isExempt);
});
