import { describe, expect, test } from 'vitest';
import { pluginSettings } from '../../src/config/plugin-settings.ts';
import { isMutedNow } from '../../src/words/state-word.ts';
import { configOf, problemsIn, warningsOf } from './set-up.ts';

const written = (mute: string) => `[plugin:x]\nmute = ${mute}`;
const mutedBy = (mute: string) => configOf({ files: { '/x.ini': written(mute) } }).plugins.get('x')?.mute;

/** The first moment after a day, by the clock of this machine, in unix seconds. */
const endOf = (year: number, month: number, day: number) => new Date(year, month - 1, day + 1).getTime() / 1000;

test('trouble of a plugin is muted always, or to the end of a day', () => {
  expect(configOf({ files: { '/x.ini': '[plugin:x]' } }).plugins.get('x')?.mute).toBeNull();
  expect(mutedBy('always')).toEqual({ untilS: null });
  expect(mutedBy('until 2027-01-31')).toEqual({ untilS: endOf(2027, 1, 31) });
  expect(mutedBy('until   2028-02-29')).toEqual({ untilS: endOf(2028, 2, 29) });
});

test('the last second of that day is muted, and the next one is not', () => {
  const muted = { untilS: endOf(2027, 1, 31) };
  expect(isMutedNow(muted, muted.untilS - 1)).toBe(true);
  expect(isMutedNow(muted, muted.untilS)).toBe(false);
  expect(isMutedNow({ untilS: null }, muted.untilS)).toBe(true);
});

test.each(['always', 'until 2027-01-31'])('%s is shown as it is written', (text) => {
  const parsed = pluginSettings.mute.kind.parse(text, { folder: '/', home: '/', origin: '/x.ini:2' });
  expect(parsed.ok && parsed.value !== null && pluginSettings.mute.kind.show(parsed.value)).toBe(text);
});

describe('anything else is a problem', () => {
  test.each(['yes', '2027-01-31', 'until tomorrow', 'until 31.01.2027', 'until 2027-1-31'])('%s', (text) => {
    expect(problemsIn(written(text))).toEqual([
      `/x.ini:2: mute: "${text}" does not say until when; expected always, or a date with year, month and day, such as until 2027-01-31`,
    ]);
  });
  test.each(['2027-02-29', '2027-13-01', '2027-00-10', '2027-04-00'])('%s, which is in no calendar', (date) => {
    expect(problemsIn(written(`until ${date}`))).toEqual([
      `/x.ini:2: mute: ${date} is not a day of the calendar; expected a date such as until 2027-01-31`,
    ]);
  });
});

test('a day that is past is warned about, because the plugin is not muted', () => {
  const files = { '/x.ini': written('until 2027-01-31') };
  const endMs = endOf(2027, 1, 31) * 1000;
  expect(warningsOf({ files, nowMs: endMs - 1 })).toEqual([]);
  expect(warningsOf({ files, nowMs: endMs })).toEqual([
    'mute = until 2027-01-31 under [plugin:x] is over, so trouble of the plugin counts again: give a later date, or remove the line',
  ]);
  expect(warningsOf({ files: { '/x.ini': written('always') }, nowMs: endMs })).toEqual([]);
});
