import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as values from '../../src/config/values.ts';
import { variableNames } from '../../src/config/variable-names.ts';

const context = { folder: '/etc', home: '/home/ann', origin: '/etc/x.ini:1' };

/** The value of a text, or what is wrong with it. */
function read<Value>(kind: values.Kind<Value>, text: string): Value | string {
  const parsed = kind.parse(text, context);
  return parsed.ok ? parsed.value : `${parsed.error.wrong}; ${parsed.error.expected}`;
}

describe('durations', () => {
  const kind = values.duration(0, values.longestDurationMs);
  test.each([
    ['30', 30_000],
    ['30s', 30_000],
    ['500ms', 500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['0', 0],
    ['24d', 24 * 86_400_000],
  ])('%s is %d ms', (text, ms) => {
    expect(read(kind, text)).toBe(ms);
  });

  test.each(['', '-1', '1.5s', '30 s', '30S', '5min', 's', '1e3', '٣s', '0x10'])('`%s` is no duration', (text) => {
    expect(read(kind, text)).toBe(
      `${JSON.stringify(text)} is not a duration; expected a whole number of ms, s, m, h or d, such as 30s or 5m`,
    );
  });

  test('none can be longer than what a timer holds', () => {
    expect(values.longestDurationMs).toBeLessThan(2 ** 31 - 1);
    expect(read(kind, '25d')).toBe('"25d" is too large; expected 0 to 24d');
    expect(read(kind, '9'.repeat(400))).toContain('is too large');
  });

  test('where whole seconds are needed, a part of one is refused and so is too short a time', () => {
    const seconds = values.seconds(1, values.longestDurationS);
    expect(read(seconds, '2000ms')).toBe(2);
    expect(seconds.show(90)).toBe('90s');
    expect(read(seconds, '1500ms')).toBe('"1500ms" is not whole seconds; expected whole seconds, such as 30s');
    expect(read(seconds, '0')).toBe('"0" is too small; expected 1s to 24d');
    expect(read(seconds, 'x')).toContain('is not a duration');
  });

  test('what is shown reads back', () => {
    expect([0, 1, 1500, 90_000, 7_200_000].map(values.formatDuration)).toEqual(['0', '1ms', '1500ms', '90s', '2h']);
    fc.assert(fc.property(fc.nat(values.longestDurationMs), (ms) => void expect(read(kind, kind.show(ms))).toBe(ms)));
  });
});

describe('sizes', () => {
  const kind = values.size(0, 2 ** 50);
  test.each([
    ['0', 0],
    ['1000', 1000],
    ['64KiB', 65_536],
    ['256MiB', 268_435_456],
    ['2GiB', 2_147_483_648],
  ])('%s is %d bytes', (text, bytes) => {
    expect(read(kind, text)).toBe(bytes);
  });

  test.each(['', '5MB', '1.5MiB', '5 MiB', '-1', '5mib', 'MiB'])('`%s` is no size', (text) => {
    expect(read(kind, text)).toBe(
      `${JSON.stringify(text)} is not a size; expected a whole number of bytes, KiB, MiB or GiB, such as 256MiB`,
    );
  });

  test('what is shown reads back', () => {
    expect([0, 1000, 16 * 1024 ** 2].map(values.formatSize)).toEqual(['0', '1000', '16MiB']);
    fc.assert(fc.property(fc.nat(), (bytes) => void expect(read(kind, kind.show(bytes))).toBe(bytes)));
  });
});

test.each([
  ['true yes on YES True', true],
  ['false no off OFF No', false],
])('each of `%s` is %s', (texts, expected) => {
  for (const text of texts.split(' ')) expect(read(values.boolean, text)).toBe(expected);
});

test.each(['', '1', '0', 'y', 'truely'])('`%s` is neither true nor false', (text) => {
  expect(read(values.boolean, text)).toBe(
    `${JSON.stringify(text)} is neither true nor false; expected true, yes, on, false, no or off`,
  );
});

test('an integer is digits within its bounds', () => {
  const kind = values.integer(1, 1024);
  expect(['1', '1024', '0', '1025', '4.0'].map((text) => read(kind, text))).toEqual([
    1,
    1024,
    '"0" is too small; expected 1 to 1024',
    '"1025" is too large; expected 1 to 1024',
    '"4.0" is not a whole number; expected a whole number from 1 to 1024',
  ]);
});

test.each(['a', 'web-1.example.com', 'A_b.0'])('`%s` can be a host name', (text) => {
  expect(read(values.hostname, text)).toBe(text);
});

test.each(['', 'a b', '.a', 'a.', 'a..b', 'é', 'a/b'])('`%s` can not be a host name', (text) => {
  expect(read(values.hostname, text)).toBe(
    `${JSON.stringify(text)} can't be the first part of a metric name; expected letters, digits, \`_\` and \`-\`, with single dots between them`,
  );
});

test('what is shown of a host name, a level, a path, a name or a text reads back', () => {
  expect(read(values.hostname, values.hostname.show('web-1.example'))).toBe('web-1.example');
  expect(read(values.level, values.level.show('warn'))).toBe('warn');
  expect(read(values.path, values.path.show('/a/b'))).toBe('/a/b');
  expect(read(values.text, values.text.show(' any text '))).toBe(' any text ');
  expect(read(values.name, values.name.show('my db'))).toBe('my db');
});

test('a level is one of six words', () => {
  expect(read(values.level, 'warn')).toBe('warn');
  expect(read(values.level, 'warning')).toBe(
    '"warning" is not a level; expected one of fatal, error, warn, info, debug, trace',
  );
});

test('a path becomes absolute, from the folder it was written in or from the home directory', () => {
  const texts = ['/a/b', 'a/b', '../a', '~', '~/a', '~bob/a', 'a~b'];
  expect(texts.map((text) => read(values.path, text))).toEqual([
    '/a/b',
    '/etc/a/b',
    '/a',
    '/home/ann',
    '/home/ann/a',
    '`~bob` is not understood; expected the full path',
    '/etc/a~b',
  ]);
});

test('a key is one word, and is shown neither in a problem nor anywhere else', () => {
  expect(read(values.secret, 'abc-123_é')).toBe('abc-123_é');
  for (const text of ['SECRET x', ' SECRET', 'SECRET\t', 'SECRET\u00a0', 'SECRET\u200b', 'SECRET\u0007', 'SECRET\n'])
    expect(read(values.secret, text)).toBe(
      'the value holds white space or control characters; expected one word, as it was given to you',
    );
  expect(values.secret.show('SECRET')).not.toContain('SECRET');
});

test('an API key keeps the place where it was written', () => {
  expect(read(values.apiKey, 'abc')).toEqual({ key: 'abc', origin: '/etc/x.ini:1' });
  expect(read(values.apiKey, 'SECRET x')).toContain('the value holds white space');
  expect(values.apiKey.show({ key: 'SECRET', origin: 'SECRET' })).not.toContain('SECRET');
});

test('a password is any text, and is shown nowhere', () => {
  expect(read(values.password, 'a b#c')).toBe('a b#c');
  expect(values.password.show('SECRET')).not.toContain('SECRET');
});

test('names of variables have commas between them, and there may be none', () => {
  expect(read(variableNames, 'A, B_2 ,_c,A')).toEqual(['A', 'B_2', '_c']);
  expect(read(variableNames, '')).toEqual([]);
  expect(variableNames.show(['A', 'B'])).toBe('A, B');
  for (const [text, shown] of [
    ['A B', 'A B'],
    ['A,', ''],
    ['2A', '2A'],
    ['A=1', 'A=1'],
  ])
    expect(read(variableNames, text ?? '')).toBe(
      `"${shown}" is not a name for an environment variable; expected names with commas between them, ` +
        'such as INSTRUMENTAL_TOKEN, NOTIFY_SOCKET',
    );
});

test('a long or odd text is cut and escaped before it is shown', () => {
  expect(read(values.boolean, `\u001b[31m${'x'.repeat(100)}`)).toBe(
    `"\\x1b[31m${'x'.repeat(55)}…" is neither true nor false; expected true, yes, on, false, no or off`,
  );
});
