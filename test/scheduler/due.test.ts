import { expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { RunSettings } from '../../src/model/config.ts';
import { isDue, nextDueAtS } from '../../src/scheduler/due.ts';

const every: RunSettings = { ...defaultPluginSettings, format: 'native' };

test('a plugin without an interval of its own is due at every tick, one with it at its multiples only', () => {
  const ticks = [0, 60, 120, 180, 240, 300, 600];
  expect(ticks.filter((atS) => isDue(every, atS, atS - 60))).toEqual(ticks);
  expect(ticks.filter((atS) => isDue({ ...every, intervalS: 300 }, atS, atS - 60))).toEqual([0, 300, 600]);
  expect(isDue({ ...every, intervalS: 300 }, 360, 240)).toBe(true); // the tick at 300 was slept through
});

test('a disabled plugin is never due', () => {
  expect(isDue({ ...every, enabled: false }, 0, -60)).toBe(false);
  expect(isDue({ ...every, enabled: false, intervalS: 60 }, 60, 0)).toBe(false);
});

test('a plugin is due next at the first tick that is a multiple of its interval, and without one at the next tick', () => {
  const fiveMinutes = { ...every, intervalS: 300 };
  expect([0, 60, 300, 360].map((atS) => nextDueAtS(fiveMinutes, atS))).toEqual([0, 300, 300, 600]);
  expect(nextDueAtS(every, 60)).toBe(60);
});
