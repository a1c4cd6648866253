import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segment } from '../../src/formats/dotted.ts';
import { durationOf, expectLinearText } from './linear-time.ts';
import { expectSameInPieces, readText } from './text-properties.ts';

/** The numbers and booleans of a value, by their paths; the first of those that have one path. */
function leavesOf(value: unknown, path: string, found = new Map<string, number>()): Map<string, number> {
  if (typeof value === 'number' || typeof value === 'boolean') {
    if (!found.has(path)) found.set(path, Number(value) + 0);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const name = Array.isArray(value) ? key : segment(key) || '_';
      leavesOf(inner, path === '' ? name : `${path}.${name}`, found);
    }
  }
  return found;
}

const objects = fc.jsonValue({ maxDepth: 5 }).map((value) => ({ value }));

test('a document gives its numbers and booleans, on one line or over many', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const { samples, reasons } = readText('json', JSON.stringify(value, null, indent));
      expect(samples).toEqual([...leavesOf(value, '')]);
      expect(reasons.every((reason) => reason === 'duplicate')).toBe(true);
    }),
  );
});

test('documents one a line give what all of them give', () => {
  fc.assert(
    fc.property(fc.array(objects, { maxLength: 5 }), (values) => {
      const all = new Map<string, number>();
      for (const value of values) leavesOf(value, '', all);
      const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
      expect(readText('json', text).samples).toEqual([...all]);
    }),
  );
});

test('what JSON.parse refuses is one bad line, and what it takes is none', () => {
  const character = fc.constantFrom(...'{}[],:"\\0123456789.eE+-tfn \t\u0001é');
  fc.assert(
    fc.property(objects, fc.nat(), fc.boolean(), character, (value, at, isReplaced, inserted) => {
      const text = JSON.stringify(value);
      const from = at % text.length;
      const changed = text.slice(0, from) + inserted + text.slice(from + (isReplaced ? 1 : 0));
      let isJson = true;
      try {
        JSON.parse(changed);
      } catch {
        isJson = false;
      }
      const syntax = readText('json', changed).reasons.filter((reason) => reason === 'bad-syntax');
      expect(syntax).toHaveLength(isJson ? 0 : 1);
    }),
    { numRuns: 500 },
  );
});

test('a broken line among documents one a line costs no other line', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom('{"x":}', '{"x" 1}', '[1', '{"x":"', 'x'),
      (at, bad) => {
        const lines = [0, 1, 2, 3, 4].map((number) => `{"a${number}":${number}}`);
        const wanted = at === 0 && !/[}\]]$/.test(bad) && bad !== 'x' ? [] : [0, 1, 2, 3, 4];
        const { samples } = readText('json', lines.toSpliced(at, 0, bad, '').join('\n'));
        const lost = bad === '[1' ? at : -1; // it takes the next line for its own
        expect(samples.filter(([name]) => name.startsWith('a'))).toEqual(
          wanted.filter((number) => number !== lost).map((number) => [`a${number}`, number]),
        );
      },
    ),
  );
});

test('a key is cut at 200 characters, and the rest of a long string is passed over', () => {
  const long = 'k'.repeat(100_000);
  const escaped = `\\u006b${long}`;
  const { samples } = readText('json', `{"${long}":1,"a":{"${escaped}":2},"b":"${long}","c":3}`);
  expect(samples).toEqual([
    ['k'.repeat(200), 1],
    [`a.${'k'.repeat(200)}`, 2],
    ['c', 3],
  ]);
});

test('an output gives the same in pieces of any size', () => {
  const token = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', 'true', 'NaN', '\n', ' ', '\r\n', '"é', '\\');
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (tokens, size) => {
      expectSameInPieces('json', Buffer.from(tokens.join('')), size);
    }),
  );
});

test('no bytes make it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (stdout) => expectSameInPieces('json', stdout, 300)));
});

test.each([
  ['', '['],
  ['', '['.repeat(99) + ']'.repeat(99)],
  ['[', '[],'],
  ['[', '1,'],
  ['[', '"a",'],
  ['{"a":{', '"k":1,'],
  ['', '{"k":'],
  ['', '"'],
  ['"', '\\'],
  ['"', '\\u0041'],
  ['"', 'é'],
  ['', '1'],
  ['1.', '1'],
  ['1e', '1'],
  ['', '-'],
  ['', ' '],
  ['{"a":1}', ' '],
  ['[', '\n'],
  ['', '{"a":1}\n'],
  ['', '{\n'],
  ['', 'x\n'],
  ['{}\n', '{ x\n'],
])('%j and much of %j are read in linear time', (start, piece) => {
  expectLinearText('json', start, piece);
});

test('keys cost the same before a long text as behind it', () => {
  const keys = Array.from({ length: 3000 }, (_, index) => `"k${index}":1`).join();
  const long = `"long":"${'x'.repeat(8 * 1024 * 1024)}"`;
  const behind = durationOf(() => readText('json', `{${long},${keys}}`));
  const before = durationOf(() => readText('json', `{${keys},${long}}`));
  expect(before).toBeLessThan(behind * 3);
});
