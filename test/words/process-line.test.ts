import { expect, test } from 'vitest';
import { parseProcessLine, processLine } from '../../src/words/process-line.ts';

test('a process and its start are one line, and come back from it', () => {
  const one = { pid: 4711, startedAt: 'boot:99' };
  expect(processLine(one)).toBe('4711 boot:99');
  expect(parseProcessLine(processLine(one))).toEqual(one);
  expect(parseProcessLine('4711 Sun Nov 29 16:05:36 2026')?.startedAt).toBe('Sun Nov 29 16:05:36 2026');
});

test.each(['', '4711', '4711 ', 'x boot:99', '0 boot:99', '-1 boot:99', '4711 boot:99\n', '12345678901 x'])(
  '%j names no process',
  (line) => {
    expect(parseProcessLine(line)).toBeNull();
  },
);
