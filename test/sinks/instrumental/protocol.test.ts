import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricName, unixSeconds } from '../../../src/model/sample.ts';
import {
  authenticateLine,
  decodeReplies,
  gaugeLine,
  helloLine,
  incrementLine,
  itemLine,
  longestReplyBytes,
  noReplies,
  noticeLine,
} from '../../../src/sinks/instrumental/protocol.ts';

function decodeAll(chunks: readonly Uint8Array[]): { readonly lines: readonly string[]; readonly isTooLong: boolean } {
  let state = noReplies;
  const lines = chunks.flatMap((chunk) => {
    const decoded = decodeReplies(state, chunk);
    state = decoded.state;
    return decoded.lines;
  });
  return { lines, isTooLong: state.isTooLong };
}

describe('lines', () => {
  test('hello names version, host, process, runtime and platform, with white space as underscores', () => {
    const identity = {
      version: '2.0.0',
      hostname: 'web 1\t\n x',
      pid: 42,
      nodeVersion: '20.20.2',
      platform: 'x64-linux',
    };
    expect(helloLine(identity)).toBe(
      'hello version node/instrument_server/2.0.0 hostname web_1_x pid 42 runtime node/20.20.2 platform x64-linux',
    );
  });

  test('authenticate carries the key', () => expect(authenticateLine('secret')).toBe('authenticate secret'));

  test('a gauge has five words, the last of them 1', () => {
    const sample = { metric: metricName('host.plugin.load'), value: 2.5, atS: unixSeconds(1_700_000_000) };
    expect(gaugeLine(sample)).toBe('gauge host.plugin.load 2.5 1700000000 1');
  });

  test('an increment has the same form, in which a value has no e+', () => {
    const sample = { metric: metricName('host.plugin.hits'), value: 9, atS: unixSeconds(1_700_000_000) };
    expect(incrementLine(sample, 2)).toBe('increment host.plugin.hits 2 1700000000 1');
    expect(incrementLine(sample, Number.MAX_VALUE)).toMatch(/^increment host\.plugin\.hits \d{309} 1700000000 1$/);
    expect(itemLine({ ...sample, increase: 0 }, 'host')).toBe('increment host.plugin.hits 0 1700000000 1');
    expect(itemLine(sample, 'host')).toBe('gauge host.plugin.hits 9 1700000000 1');
  });

  test('a notice is one line without control characters, of the span that it is about, and not endless', () => {
    const notice = {
      id: 1,
      kind: 'well',
      plugin: null,
      atS: 1_700_000_060,
      durationS: 60,
      text: 'p\r\n\x1b ö is well',
    } as const;
    expect(noticeLine(notice, 'web1')).toBe('notice 1700000000 60 web1: p\\r\\n\\x1b ö is well');
    expect(itemLine(notice, 'web1')).toBe(noticeLine(notice, 'web1'));
    expect(noticeLine({ ...notice, text: 'x'.repeat(9999) }, 'web1')).toHaveLength(
      'notice 1700000000 60 '.length + 500,
    );
  });
});

describe('the reply decoder', () => {
  test('gives complete lines with either line end and keeps the start of a line', () => {
    expect(decodeAll([Buffer.from('ok\r\nfa'), Buffer.from('il\nrest')])).toEqual({
      lines: ['ok', 'fail'],
      isTooLong: false,
    });
  });

  test('gives nothing for a line that has not ended', () => expect(decodeAll([Buffer.from('ok')]).lines).toEqual([]));

  test('accepts a line of the longest length and gives up at one byte more, ended or not', () => {
    const longest = 'x'.repeat(longestReplyBytes);
    expect(decodeAll([Buffer.from(`${longest}\n`)])).toEqual({ lines: [longest], isTooLong: false });
    expect(decodeAll([Buffer.from(`ok\n${longest}x\nok\n`), Buffer.from('ok\n')])).toEqual({
      lines: ['ok'],
      isTooLong: true,
    });
    expect(decodeAll([Buffer.from(`ok\n${longest}x`), Buffer.from('\nok\n')])).toEqual({
      lines: ['ok'],
      isTooLong: true,
    });
  });

  test('decodes a stream alike under any chunking', () => {
    const piece = fc.oneof(
      fc.constantFrom('ok\n', 'ok\r\n', 'fail\n', '\n', '\r', 'x'.repeat(longestReplyBytes), 'é\n'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, cuts) => {
        const stream = Buffer.from(pieces.join(''));
        const points = [...cuts.map((cut) => cut % (stream.length + 1)), 0, stream.length].sort((a, b) => a - b);
        const chunks = points.slice(1).map((end, index) => stream.subarray(points[index], end));
        expect(decodeAll(chunks)).toEqual(decodeAll([stream]));
      }),
    );
  });
});
