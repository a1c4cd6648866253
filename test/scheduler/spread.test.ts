import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unixSeconds } from '../../src/model/sample.ts';
import { momentAtS, momentOf, offsetMs, spreadMs } from '../../src/scheduler/spread.ts';

const hosts = Array.from({ length: 10_000 }, (_, index) => `host-${index}`);

/** How many of the offsets lie in each of `parts` equal parts of the spread. */
function counts(offsets: readonly number[], parts: number, intervalS: number): readonly number[] {
  const counted = Array<number>(parts).fill(0);
  for (const offset of offsets) {
    const part = Math.floor((offset / spreadMs(intervalS)) * parts);
    counted[part] = (counted[part] ?? 0) + 1;
  }
  return counted;
}

describe('an offset', () => {
  test('is always the same for the same host and plugin: another version of the agent moves no moment', () => {
    expect([
      offsetMs('web-1', 'mysql_status', 30),
      offsetMs('web-1', null, 30),
      offsetMs('web-2', 'mysql_status', 30),
    ]).toEqual([1561, 3169, 3881]);
  });

  test('lies within the interval, with room for a run behind it: 5 s, or a quarter of a short interval', () => {
    expect([1, 10, 20, 30, 3600].map(spreadMs)).toEqual([750, 7500, 15_000, 25_000, 3_595_000]);
    fc.assert(
      fc.property(
        fc.string(),
        fc.option(fc.string()),
        fc.integer({ min: 1, max: 86_400 }),
        (host, plugin, intervalS) => {
          const offset = offsetMs(host, plugin, intervalS);
          expect(Number.isInteger(offset)).toBe(true);
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThan(spreadMs(intervalS));
        },
      ),
    );
  });

  test('is the same share of another interval', () => {
    for (const host of hosts.slice(0, 100)) {
      expect(Math.abs(offsetMs(host, 'p', 60) / spreadMs(60) - offsetMs(host, 'p', 30) / spreadMs(30))).toBeLessThan(
        0.0001,
      );
    }
  });

  test('of ten thousand hosts spreads them evenly, for the hosts themselves and for any plugin', () => {
    for (const plugin of [null, 'a', 'b', 'mysql_status']) {
      const each = counts(
        hosts.map((host) => offsetMs(host, plugin, 30)),
        25,
        30,
      );
      expect(Math.min(...each)).toBeGreaterThan(300);
      expect(Math.max(...each)).toBeLessThan(500); // 400 each, give or take five times the deviation of chance
    }
  });

  test('of the plugins of one host spreads them evenly, those that differ in the last letter too', () => {
    const offsets = Array.from({ length: 1000 }, (_, index) => offsetMs('web-1', `plugin_${index}`, 30));
    for (const count of counts(offsets, 5, 30)) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  test('of one plugin says nothing about that of another: hosts that share one moment do not share all', () => {
    const together = hosts.filter((host) => offsetMs(host, 'a', 30) < 1000);
    const others = counts(
      together.map((host) => offsetMs(host, 'b', 30)),
      5,
      30,
    );
    expect(together.length).toBeGreaterThan(300);
    for (const count of others) expect(Math.abs(count - together.length / 5)).toBeLessThan(50);
  });
});

test('a moment gives the time of what is read then, in whole seconds', () => {
  const moment = momentOf({ atS: unixSeconds(600) }, 60, 'web-1', 'p');
  expect(moment).toEqual({ atMs: 600_000 + offsetMs('web-1', 'p', 60), endMs: 660_000 });
  expect(momentAtS(moment)).toBe(600 + Math.floor(offsetMs('web-1', 'p', 60) / 1000));
});
