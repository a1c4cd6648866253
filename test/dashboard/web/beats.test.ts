import { expect, test } from 'vitest';
import { beatBars, beatWords, stripBox } from '../../../src/dashboard/web/beats.ts';

test('beats are counted in words, the most frequent first, with the last one', () => {
  expect(beatWords('')).toBe('no tick yet');
  expect(beatWords('h')).toBe('last tick: 1 hung; the last: hung');
  expect(beatWords('ooplsof')).toBe(
    'last 7 ticks: 3 reported, 1 in part, 1 failed, 1 skipped, 1 slow; the last: failed',
  );
  expect(beatWords(`ff${'o'.repeat(60)}`)).toBe('last 60 ticks: 60 reported; the last: reported');
});

test('a letter of a newer agent is no bar, and is named as not known', () => {
  expect(beatBars('?')).toEqual([]);
  expect(beatWords('o?')).toBe('last 2 ticks: 1 reported; the last: unknown');
});

test('bars end at the right, and a run of equal beats is one line', () => {
  expect(beatBars('o'.repeat(60))).toEqual([{ kind: 'reported', path: 'M0 12h119' }]);
  expect(beatBars('oofo')).toEqual([
    { kind: 'reported', path: 'M112 12h3M118 12h1' },
    { kind: 'failed', path: 'M116 8h1' },
  ]);
  expect(beatBars('fo'.repeat(60))).toHaveLength(2); // the last 60 alone
  expect(stripBox()).toEqual({ viewBox: '0 0 120 16', width: '120', height: '16' });
  expect(stripBox(4).viewBox).toBe('112 0 8 16'); // its right end
  expect(new Set(beatBars('opfslh').map(({ path }) => path.split(' ')[1])).size).toBeGreaterThan(4); // the height tells
});
