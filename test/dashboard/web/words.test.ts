import { expect, test } from 'vitest';
import * as words from '../../../src/dashboard/web/words.ts';
import type { LastRunStatus } from '../../../src/model/run-status.ts';
import { visible, visibleParts } from '../../../src/words/visible.ts';

const run: LastRunStatus = {
  endedAtS: 0,
  durationMs: 1,
  cpuS: null,
  peakMemoryBytes: null,
  ending: 'exited',
  status: 0,
  signal: null,
  samples: 2,
  badLines: 0,
  firstBadLine: null,
  outputBytes: 9,
  droppedBytes: 0,
  lastStderr: null,
};

test('values keep the digits that count, small and large', () => {
  expect([0, 42, 21.5, 0.123456789, -1234.5678, 123_456_789, 5e-7, 2e15].map(words.readableValue)).toEqual([
    '0',
    '42',
    '21.5',
    '0.123457',
    '-1,234.57',
    '123,456,789',
    '5e-7',
    '2e15',
  ]);
  expect([0.5, 1500, 15_000, 2_500_000].map(words.axisText)).toEqual(['0.5', '1,500', '15K', '2.5M']);
});

test('a unit stands behind the value, cut if it is long', () => {
  expect(['', '%', 'MB/s', 'x'.repeat(21)].map((unit) => words.withUnit('12.5', unit))).toEqual([
    '12.5',
    '12.5 %',
    '12.5 MB/s',
    `12.5 ${'x'.repeat(19)}…`,
  ]);
});

test('durations and counts are written for people', () => {
  expect([3.4, 999, 2400, 65_000].map(words.durationText)).toEqual(['3 ms', '999 ms', '2.4 s', '1m 5s']);
  expect([words.readableCount(1, 'sample'), words.readableCount(1204, 'sample')]).toEqual([
    '1 sample',
    '1,204 samples',
  ]);
  expect(words.agoText(100, 112)).toBe('12s ago');
});

test('a time of another day has its date', () => {
  const at = new Date(2026, 10, 22, 14, 3, 5).getTime() / 1000;
  expect(words.clockTimeOrDay(at, at + 60)).toBe('14:03:05');
  expect(words.clockTimeOrDay(at, at + 86_400)).toBe('22 Nov 14:03:05');
  expect([words.minuteText(at, false), words.minuteText(at, true)]).toEqual(['14:03', '14:03:05']);
});

test('a full time has its date, its seconds, and how far it is from UTC', () => {
  const at = new Date(2026, 10, 2, 4, 3, 5);
  const text = words.fullTime(at.getTime() / 1000);
  expect(text).toMatch(/^2026-11-02 04:03:05 [+-]\d\d:\d\d$/);
  expect(new Date(text.replace(' ', 'T').replace(' ', '')).getTime()).toBe(at.getTime());
});

test('a run is described by its samples, or by how it ended if it did not exit with 0', () => {
  expect(words.resultText(run)).toBe('2 samples');
  expect(words.resultText({ ...run, badLines: 1 })).toBe('2 samples, 1 bad line');
  expect(words.resultText({ ...run, status: 3 })).toBe('exit 3');
  expect(words.resultText({ ...run, status: 1, checkState: 'WARNING' })).toBe('WARNING, 2 samples');
  expect(words.resultText({ ...run, checkState: 'OK' })).toBe('2 samples');
  expect(words.endingText({ ...run, status: 1, checkState: 'WARNING' })).toBe('exit 1, WARNING');
  expect(words.resultText({ ...run, ending: 'signaled', signal: 'SIGKILL', status: 137 })).toBe('SIGKILL');
  expect(words.resultText({ ...run, ending: 'not-started', status: null })).toBe('did not start');
  expect(words.resultText({ ...run, ending: 'unknown' })).toBe('ending unknown');
  expect(words.resultText({ ...run, ending: null, samples: null })).toBe('exit 0');
});

test('control and invisible characters are shown as escapes, in parts of their own', () => {
  const text = '\u001b[31mred\t\n\u202eabc\u0000<b>é';
  expect(visible(text)).toBe('\\x1b[31mred\\t\\n\\u{202e}abc\\x00<b>é');
  expect(
    visibleParts(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(visible(text));
  expect(visibleParts('a\u001bb')).toEqual([
    { text: 'a', isEscape: false },
    { text: '\\x1b', isEscape: true },
    { text: 'b', isEscape: false },
  ]);
});
