import { describe, expect, test } from 'vitest';
import { AwaitedMoments } from '../../src/scheduler/awaited-moments.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { turn } from '../helpers/turns.ts';

describe('what waits for its moment', () => {
  /** A clock at 600 s, and what has begun, each with its time. */
  function setUp() {
    const clock = fakeClock(600_000);
    const moments = new AwaitedMoments<string>(clock);
    const begun: string[] = [];
    const over: string[] = [];
    function wait(key: string, atMs: number, endMs = 660_000, name = key) {
      const begin = async () => void begun.push(`${name} ${clock.nowMs()}`);
      void moments.wait(key, { atMs, endMs }, begin).then(() => over.push(name));
    }
    return { clock, moments, begun, over, wait };
  }

  test('begins at its moment, and at no other', async () => {
    const { clock, moments, begun, over, wait } = setUp();
    wait('b', 620_000);
    wait('a', 610_000);
    expect([moments.untilMs('a'), moments.untilMs('b'), moments.untilMs('c')]).toEqual([610_000, 620_000, null]);
    clock.advance(9_999);
    expect(begun).toEqual([]);
    clock.advance(1);
    expect([begun, moments.untilMs('a')]).toEqual([['a 610000'], null]);
    clock.advance(600_000);
    await turn();
    expect([begun, over]).toEqual([
      ['a 610000', 'b 620000'],
      ['a', 'b'],
    ]);
  });

  test('begins at once where its moment has passed: at the tick of a host that slept through it', () => {
    const { clock, begun, wait } = setUp();
    clock.jump(20_000);
    wait('a', 610_000);
    clock.advance(0);
    expect(begun).toEqual(['a 620000']);
  });

  test('is not replayed where its whole interval was slept through, nor where the clock was set past it', async () => {
    const { clock, begun, over, wait } = setUp();
    wait('a', 610_000);
    clock.jump(60_000);
    clock.advance(10_000);
    await turn();
    expect([begun, over]).toEqual([[], ['a']]);
  });

  test('begins all the same, once, where the clock was set back', () => {
    const { clock, begun, wait } = setUp();
    wait('a', 610_000);
    clock.jump(-300_000);
    clock.advance(400_000);
    expect(begun).toHaveLength(1);
  });

  test('is replaced by what the next tick lets wait under its name: the interval was shortened', async () => {
    const { clock, moments, begun, over, wait } = setUp();
    wait('a', 650_000, 660_000, 'former');
    clock.advance(10_000);
    wait('a', 612_000, 620_000, 'next');
    await turn();
    expect([over, moments.untilMs('a')]).toEqual([['former'], 612_000]);
    clock.advance(600_000);
    expect(begun).toEqual(['next 612000']);
  });

  test('is dropped, and over, when all is', async () => {
    const { clock, moments, begun, over, wait } = setUp();
    wait('a', 610_000);
    wait('b', 620_000);
    moments.drop();
    await turn();
    clock.advance(600_000);
    expect([begun, over, clock.pending()]).toEqual([[], ['a', 'b'], 0]);
  });

  test('fails as what it begins fails', async () => {
    const { clock, moments } = setUp();
    const failed = moments.wait('a', { atMs: 600_000, endMs: 660_000 }, () => Promise.reject(new Error('a fault')));
    clock.advance(0);
    await expect(failed).rejects.toThrow('a fault');
  });
});
