import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as network from '../../src/config/network-values.ts';
import type { Kind } from '../../src/config/values.ts';
import { problemsIn } from './set-up.ts';

const context = { folder: '/etc', home: '/home/ann', origin: '/etc/x.ini:1' };

/** The value of a text, or what is wrong with it. */
function read<Value>(kind: Kind<Value>, text: string): Value | string {
  const parsed = kind.parse(text, context);
  return parsed.ok ? parsed.value : `${parsed.error.wrong}; ${parsed.error.expected}`;
}

describe("a collector's address", () => {
  test.each([
    ['example.com', 'example.com', 8001, true],
    ['example.com:8000', 'example.com', 8000, false],
    ['example.com:443', 'example.com', 443, true],
    ['tls://example.com', 'example.com', 8001, true],
    ['tls://example.com:8000', 'example.com', 8000, true],
    ['tcp://example.com', 'example.com', 8000, false],
    ['tcp://10.0.0.1:9000', '10.0.0.1', 9000, false],
    ['[::1]:8000', '::1', 8000, false],
    ['[fe80::1%eth0]', 'fe80::1%eth0', 8001, true],
  ])('%s is host %s, port %d, TLS %s', (text, host, port, tls) => {
    expect(read(network.collectorAddress, text)).toEqual({ host, port, tls });
  });

  test.each([
    '',
    ':8000',
    'host:',
    'host:0',
    'host:65536',
    'host:80a',
    '::1',
    'a b',
    'http://x',
    '[]:1',
    '[::1',
    'x/y',
    'a\nb',
  ])('`%s` is none', (text) => {
    expect(read(network.collectorAddress, text)).toBe(
      `${JSON.stringify(text)} is not a collector's address; expected host, host:port, tls://host:port, tcp://host:port or [IPv6]:port`,
    );
  });

  test('what is shown reads back', () => {
    const host = fc.constantFrom('example.com', '10.0.0.1', '::1');
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), fc.boolean(), (name, port, tls) => {
        const address = { host: name, port, tls };
        expect(read(network.collectorAddress, network.collectorAddress.show(address))).toEqual(address);
      }),
    );
    expect(network.collectorAddress.show({ host: 'x', port: 9000, tls: false })).toBe('tcp://x:9000');
    expect(network.collectorAddress.show({ host: 'x', port: 8000, tls: true })).toBe('tls://x:8000');
  });
});

describe("a Carbon server's address", () => {
  test.each([
    ['example.com', 'example.com', 2003, false],
    ['example.com:8001', 'example.com', 8001, false],
    ['[::1]', '::1', 2003, false],
    ['tls://example.com', 'example.com', 2003, true],
    ['tcp://10.0.0.1:9000', '10.0.0.1', 9000, false],
  ])('%s is host %s, port %d, TLS %s', (text, host, port, tls) => {
    const address = { host, port, tls };
    expect(read(network.carbonAddress, text)).toEqual(address);
    expect(read(network.carbonAddress, network.carbonAddress.show(address))).toEqual(address);
  });

  test('is not the URL of its web page, and what may be a password is not repeated', () => {
    expect(read(network.carbonAddress, 'https://ann:SECRET@graphite.example.com/render?key=SECRET')).toBe(
      '"https://…@graphite.example.com/render?…" is not the address of a Carbon server; expected host, host:port, tls://host:port, tcp://host:port or [IPv6]:port',
    );
  });
});

describe('a URL', () => {
  const expected = 'expected http://host[:port] or https://host[:port], with a path if the server needs one';

  test.each([
    ['http://example.com', 'http://example.com'],
    ['http://Example.com:8086/', 'http://example.com:8086'],
    ['https://example.com/influx//', 'https://example.com/influx'],
    ['http://[::1]:8428', 'http://[::1]:8428'],
  ])('%s is %s', (text, url) => {
    expect(read(network.url, text)).toBe(url);
    expect(read(network.url, network.url.show(url))).toBe(url);
  });

  test.each([
    ['localhost:8086', '"localhost:8086" does not begin with http:// or https://'],
    ['example.com/influx', '"example.com/influx" does not begin with http:// or https://'],
    ['[::1]:8086', '"[::1]:8086" does not begin with http:// or https://'],
    ['tcp://example.com:8086', '"tcp://example.com:8086" is not a URL'],
    ['htp://example.com', '"htp://example.com" is not a URL'],
    ['http://example.com:99999', '"http://example.com:99999" is not a URL'],
    ['http://', '"http://" is not a URL'],
    ['http://example.com/write?db=x&p=SECRET', '"http://example.com/write?…" has a query or a fragment'],
    ['http://example.com/#SECRET', '"http://example.com/#…" has a query or a fragment'],
    ['ann:SECRET@example.com', '"…@example.com" is not a URL'],
    ['http://example.com/?', '"http://example.com/?" has a query or a fragment'],
    ['http://example.com/write#', '"http://example.com/write#" has a query or a fragment'],
    ['http://ann:SEC/RET@example.com', '"http://…@example.com" is not a URL'],
  ])('%s is none', (text, wrong) => {
    expect(read(network.url, text)).toBe(`${wrong}; ${expected}`);
  });

  test.each(['http://ann:SECRET@example.com', 'https://SECRET@example.com'])(
    '%s holds a login, which is not repeated',
    (text) => {
      expect(read(network.url, text)).toBe(
        'the URL holds a user name or a password; expected a URL without them; other keys of the section are for a login',
      );
    },
  );
});

describe('headers', () => {
  const expected = 'expected name=value,name=value; in a value a percent sign is %25, a comma %2C';

  test.each([
    ['X-Scope-OrgID=team1', { 'x-scope-orgid': 'team1' }],
    ['authorization=Bearer%20abc, a = b=c%2C%25', { authorization: 'Bearer abc', a: 'b=c,%' }],
    ['authorization=Basic YWI6Y2Q=', { authorization: 'Basic YWI6Y2Q=' }],
    ['a=1,A=2', { a: '2' }],
  ])('%s', (text, given) => {
    expect(read(network.headers, text)).toEqual(given);
  });

  test.each([
    ['authorization: Bearer SECRET', 'header 1 is not name=value'],
    ['SECRET', 'header 1 is not name=value'],
    ['a=1,', 'header 2 is not name=value'],
    ['SECRET=', "header 1 has no value, or one that a header can't have"],
    ['a=SECRET,SECRET', 'header 2 is not name=value'],
    ['SECRET=100%', "header 1 has no value, or one that a header can't have"],
    ['a=1,SECRET=%zz', "header 2 has no value, or one that a header can't have"],
    ['a=SECRET%0Ab', "header 1 has no value, or one that a header can't have"],
    ['a=SECRET%C3%A9', "header 1 has no value, or one that a header can't have"],
  ])('%s is reported without a name or a value', (text, wrong) => {
    expect(read(network.headers, text)).toBe(`${wrong}; ${expected}`);
  });

  test.each([
    'Content-Type=text/plain',
    'host=x',
    'Content-Encoding=gzip',
    'connection=close',
    'keep-alive=x',
    'Trailer=x',
    'upgrade=h2c',
    'expect=100-continue',
    'Accept-Encoding=gzip',
  ])('%s is for the agent alone to set', (text) => {
    expect(read(network.headers, text)).toBe('header 1 is one that the agent sets itself; leave it out');
  });

  test.each(['authorization="Bearer SECRET"', 'authorization= "SECRET,SECRET"', "authorization='SECRET'"])(
    '%s: the server would get the quotes too',
    (text) => {
      expect(read(network.headers, text)).toBe(
        'the value of header 1 begins with a quote; expected it without quotes; a comma is %2C and a quote is %22',
      );
    },
  );

  test('may hold quotes within a value, and begin with one that is escaped', () => {
    expect(read(network.headers, 'a=W/"x",b=%22y%22')).toEqual({ a: 'W/"x"', b: '"y"' });
  });

  test('are shown nowhere', () => {
    expect(network.headers.show({ authorization: 'SECRET' })).not.toContain('SECRET');
  });
});

test.each(['8642', 'localhost', '[::1]', 'a b:1', '127.0.0.1:99999', ':1'])(
  '%j is no place to listen on, and it says what is',
  (text) => {
    expect(problemsIn(`[dashboard]\nlisten = ${text}`)).toEqual([
      `/x.ini:2: listen: ${JSON.stringify(text)} is not an address to listen on; expected HOST:PORT, such as 127.0.0.1:8642 or [::1]:0`,
    ]);
  },
);
