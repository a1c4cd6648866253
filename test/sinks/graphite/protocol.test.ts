import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricName, unixSeconds } from '../../../src/model/sample.ts';
import { explainAnswer, isShortEnough, plaintextLine } from '../../../src/sinks/graphite/protocol.ts';

/**
 * What Python's `float` accepts, without the words for numbers that are not finite, underscores
 * and a bare point.
 */
const pythonFloat = /^[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?$/;

function sampleNamed(name: string, value = 1) {
  return { metric: metricName(name), value, atS: unixSeconds(1_700_000_000) };
}

test('a line is the name as it is, the value and whole seconds', () => {
  expect(plaintextLine(sampleNamed('web-1.mysql_status.Threads_running', -3.5))).toBe(
    'web-1.mysql_status.Threads_running -3.5 1700000000',
  );
});

test("every finite number is written in a form that Python's float understands, and reads back as itself", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const [, text = ''] = plaintextLine(sampleNamed('a.b', value)).split(' ');
      expect(text).toMatch(pythonFloat);
      expect(Number(text) === value).toBe(true);
    }),
  );
});

test('a line of 16,384 bytes is the longest that Carbon accepts', () => {
  const rest = ' 1 1700000000'.length;
  expect(isShortEnough(sampleNamed('a'.repeat(16_384 - rest)))).toBe(true);
  expect(isShortEnough(sampleNamed('a'.repeat(16_385 - rest)))).toBe(false);
});

test.each([
  ['HTTP/1.1 400 Bad Request\r\nConnection: close', false, '"HTTP/1.1 400 Bad Request Connection: close"'],
  ['\u001b[31mred', true, '"\\x1b[31mred"'],
  ['x'.repeat(500), true, `"${'x'.repeat(80)}"`],
  ['\u0015\u0003\u0003\u0000\u0002\u0002\u0046', true, '"\\x15\\x03\\x03\\x00\\x02\\x02F"'],
  ['\u0000\u00ff', true, 'with bytes that are not text'],
])('an answer %j is quoted without what a terminal would obey, and cut', (answer, isTls, quoted) => {
  const hint = isTls ? '' : ' If it expects TLS, write tls://c:2003';
  expect(explainAnswer(Buffer.from(answer, 'latin1'), 'c:2003', isTls)).toBe(
    `c:2003 answered ${quoted}, but a Carbon server never answers: is it one?${hint}`,
  );
});
