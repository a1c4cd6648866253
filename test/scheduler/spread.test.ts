import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unixSeconds } from '../../src/model/sample.ts';
import { createHeldMoments, momentAtS, momentOf, offsetMs, spreadMs } from '../../src/scheduler/spread.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { turn } from '../helpers/turns.ts';

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
  test('is for ever the same for the same host and plugin: another version of the agent moves no moment', () => {
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

  test('of one plugin tells nothing of that of another: hosts that share one moment do not share all', () => {
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

test('a moment is its time, in whole seconds, whenever what it is the time of is read', () => {
  const moment = momentOf({ atS: unixSeconds(600) }, 60, 'web-1', 'p');
  expect(moment).toEqual({ atMs: 600_000 + offsetMs('web-1', 'p', 60), endMs: 660_000 });
  expect(momentAtS(moment)).toBe(600 + Math.floor(offsetMs('web-1', 'p', 60) / 1000));
});

describe('what is held', () => {
  /** A clock at 600 s, and what has begun, with the time it began at. */
  function holding() {
    const clock = fakeClock(600_000);
    const held = createHeldMoments<string>(clock);
    const begun: string[] = [];
    const over: string[] = [];
    function hold(key: string, atMs: number, endMs = 660_000, name = key) {
      const begin = async () => void begun.push(`${name} ${clock.nowMs()}`);
      void held.hold(key, { atMs, endMs }, begin).then(() => over.push(name));
    }
    return { clock, held, begun, over, hold };
  }

  test('begins at its moment, and at no other', async () => {
    const { clock, held, begun, over, hold } = holding();
    hold('b', 620_000);
    hold('a', 610_000);
    expect([held.untilMs('a'), held.untilMs('b'), held.untilMs('c')]).toEqual([610_000, 620_000, null]);
    clock.advance(9_999);
    expect(begun).toEqual([]);
    clock.advance(1);
    expect([begun, held.untilMs('a')]).toEqual([['a 610000'], null]);
    clock.advance(600_000);
    await turn();
    expect([begun, over]).toEqual([
      ['a 610000', 'b 620000'],
      ['a', 'b'],
    ]);
  });

  test('begins at once where its moment has passed: at the tick of a host that overslept it', () => {
    const { clock, begun, hold } = holding();
    clock.jump(20_000);
    hold('a', 610_000);
    clock.advance(0);
    expect(begun).toEqual(['a 620000']);
  });

  test('is not replayed where its whole interval was slept through, nor where the clock was set past it', async () => {
    const { clock, begun, over, hold } = holding();
    hold('a', 610_000);
    clock.jump(60_000);
    clock.advance(10_000);
    await turn();
    expect([begun, over]).toEqual([[], ['a']]);
  });

  test('begins all the same, once, where the clock was set back', () => {
    const { clock, begun, hold } = holding();
    hold('a', 610_000);
    clock.jump(-300_000);
    clock.advance(400_000);
    expect(begun).toHaveLength(1);
  });

  test('gives way to what the next tick holds under its name, for the interval was cut short', async () => {
    const { clock, held, begun, over, hold } = holding();
    hold('a', 650_000, 660_000, 'former');
    clock.advance(10_000);
    hold('a', 612_000, 620_000, 'next');
    await turn();
    expect([over, held.untilMs('a')]).toEqual([['former'], 612_000]);
    clock.advance(600_000);
    expect(begun).toEqual(['next 612000']);
  });

  test('is dropped, and over, when all is', async () => {
    const { clock, held, begun, over, hold } = holding();
    hold('a', 610_000);
    hold('b', 620_000);
    held.drop();
    await turn();
    clock.advance(600_000);
    expect([begun, over, clock.pending()]).toEqual([[], ['a', 'b'], 0]);
  });

  test('fails as what it begins fails', async () => {
    const { clock, held } = holding();
    const failed = held.hold('a', { atMs: 600_000, endMs: 660_000 }, () => Promise.reject(new Error('a fault')));
    clock.advance(0);
    await expect(failed).rejects.toThrow('a fault');
  });
});
