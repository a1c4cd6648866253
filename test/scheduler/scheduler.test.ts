import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { setUp } from './set-up.ts';

describe('slots', () => {
  test('as many plugins run at once as there are slots; the others wait, and begin in their order as slots come free', async () => {
    const at = setUp();
    const tick = await at.tick('a', 'b', 'c', 'd');
    expect(at.started).toEqual(['a', 'b']);
    expect(at.states()).toEqual(['a running', 'b running', 'c waiting', 'd waiting']);
    await at.end('b');
    expect(at.started).toEqual(['a', 'b', 'c']);
    await at.end('a');
    await at.end('c');
    expect([at.started, tick.isSettled()]).toEqual([['a', 'b', 'c', 'd'], false]);
    await at.end('d');
    expect([at.states(), tick.isSettled()]).toEqual([[], true]);
  });

  test('with more slots than before, those that wait begin at once', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.tick('a', 'b', 'c', 'd');
    await at.setConcurrency(3);
    expect(at.started).toEqual(['a', 'b', 'c']);
    for (const file of ['a', 'b', 'c', 'd']) await at.end(file);
    expect([at.started, at.states()]).toEqual([['a', 'b', 'c', 'd'], []]);
  });

  test('with fewer slots than before, running plugins are not affected, and none begins until fewer run; none is forgotten', async () => {
    const at = setUp({ maxConcurrency: 3 });
    const tick = await at.tick('a', 'b', 'c', 'd', 'e');
    await at.setConcurrency(1);
    await at.end('a');
    await at.end('b');
    expect(at.started).toEqual(['a', 'b', 'c']);
    await at.end('c');
    expect(at.started).toEqual(['a', 'b', 'c', 'd']);
    await at.end('d');
    await at.end('e');
    expect([at.started.length, at.states(), tick.isSettled()]).toEqual([5, [], true]);
  });

  test.each([1, 2])(
    'with %i slots instead of three, where all three end in the same moment, as many begin',
    async (runs) => {
      const at = setUp({ maxConcurrency: 3 });
      await at.tick('a', 'b', 'c', 'd', 'e', 'f');
      await at.setConcurrency(runs);
      await at.end('a', 'b', 'c');
      expect(at.started).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].slice(0, 3 + runs));
    },
  );

  test('a tick without plugins is over at once', async () => {
    const at = setUp();
    expect((await at.tick()).isSettled()).toBe(true);
  });

  test('a run that is overdue gives its slot back, is reported once with its process, and stays in flight until it ends', async () => {
    const at = setUp({ maxConcurrency: 1 });
    const tick = await at.tick('hangs', 'waits');
    await at.advance(999);
    expect(at.started).toEqual(['hangs']);
    await at.advance(1);
    expect(at.started).toEqual(['hangs', 'waits']);
    expect(at.events.of('run.overdue')).toEqual([{ event: 'run.overdue', plugin: 'hangs', pid: 101, elapsedMs: 1000 }]);
    await at.end('waits');
    expect([tick.isSettled(), at.states()]).toEqual([true, ['hangs running']]);
    await at.advance(60_000);
    expect(at.events.of('run.overdue')).toHaveLength(1);
    await at.end('hangs');
    expect(at.states()).toEqual([]);
  });

  test('an overdue run gives its slot back once: when it ends later, no further run gets in', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.tick('a', 'b', 'c');
    await at.advance(1000);
    expect(at.started).toEqual(['a', 'b']);
    await at.end('a');
    expect(at.started).toEqual(['a', 'b']);
    await at.end('b');
    expect(at.started).toEqual(['a', 'b', 'c']);
  });

  test('any number may be overdue: once each was, the healthy ones all run at each tick', async () => {
    const at = setUp({ maxConcurrency: 2 });
    const hung = Array.from({ length: 20 }, (_, index) => `hung-${index}`);
    await at.tick(...hung);
    for (let time = 0; time < 10; time += 1) await at.advance(1000);
    expect(new Set(at.started)).toEqual(new Set(hung));
    for (let tick = 0; tick < 3; tick += 1) {
      await at.tick(...hung, 'well-1', 'well-2', 'well-3');
      for (const file of ['well-1', 'well-2', 'well-3']) await at.end(file);
    }
    expect(at.started.slice(20)).toEqual(Array(3).fill(['well-1', 'well-2', 'well-3']).flat());
    expect(at.states()).toHaveLength(20);
  });
});

describe('order', () => {
  test('the one that was shortest last time runs first; those never seen run before all others', async () => {
    const at = setUp({ maxConcurrency: 3 });
    await at.tick('slow', 'quick', 'middle');
    await at.advance(10);
    await at.end('quick');
    await at.advance(100);
    await at.end('middle');
    await at.advance(500);
    await at.end('slow');
    await at.tick('hold-1', 'hold-2', 'hold-3', 'slow', 'middle', 'new', 'quick');
    const before = at.started.length;
    for (const file of ['hold-1', 'hold-2', 'hold-3']) await at.end(file);
    expect(at.started.slice(before)).toEqual(['new', 'quick', 'middle']);
    await at.end('new');
    expect(at.started.at(-1)).toBe('slow');
  });

  test('also where all could begin at once in the order in which they came', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.run('slow', 100);
    await at.run('quick', 10);
    await at.tick('slow', 'quick');
    expect(at.started).toEqual(['slow', 'quick', 'quick']);
  });

  test('a quick one of a later tick overtakes slow ones that wait from an earlier one', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.run('slow-1', 100);
    await at.run('slow-2', 100);
    await at.run('quick', 10);
    await at.tick('hold', 'slow-1', 'slow-2');
    await at.tick('quick');
    const before = at.started.length;
    for (const file of ['hold', 'quick', 'slow-1']) await at.end(file);
    expect(at.started.slice(before)).toEqual(['quick', 'slow-1', 'slow-2']);
  });

  test('what one run took is forgotten when the next takes longer', async () => {
    const at = setUp({ maxConcurrency: 1 });
    for (const [a, b] of [
      [10, 20],
      [40, 30],
    ] as const) {
      await at.run('a', a);
      await at.run('b', b);
    }
    await at.tick('hold', 'a', 'b');
    await at.end('hold');
    expect(at.started.at(-1)).toBe('b');
  });

  test('what a run took is forgotten when its script is gone: one of its name counts as never seen', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.run('slow', 900);
    await at.run('middle', 500);
    at.scheduler.present(new Set([pluginFile('middle'), pluginFile('hold')]));
    await at.tick('hold', 'middle', 'slow');
    await at.end('hold');
    expect(at.started.at(-1)).toBe('slow');
    await at.end('slow');
    expect(at.started.at(-1)).toBe('middle');
  });
});

describe('skips', () => {
  test('a plugin that is still running is skipped: each skip is reported with how many in a row it is, the process and its age', async () => {
    const at = setUp();
    await at.tick('a');
    for (let tick = 1; tick <= 9; tick += 1) {
      await at.advance(60_000);
      await at.tick('a');
    }
    const shape = {
      event: 'run.skipped',
      plugin: 'a',
      isPassedOver: false,
      isOneOfMany: false,
      reason: 'running',
      pid: 101,
    };
    const inARow = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(at.events.of('run.skipped')).toEqual(
      inARow.map((skips) => ({ ...shape, skips, elapsedMs: skips * 60_000 })),
    );
    expect(at.scheduler.inFlight()[0]?.skips).toBe(9);
    await at.end('a');
    await at.tick('a');
    await at.tick('a');
    expect(at.events.of('run.skipped').at(-1)).toMatchObject({ skips: 1, pid: 102 });
  });

  test('one that waits for a slot is skipped as waiting, and is never queued twice', async () => {
    const at = setUp({ maxConcurrency: 1, overdueAfterMs: 1e9 });
    await at.tick('a', 'b');
    await at.advance(60_000);
    await at.tick('b');
    expect(at.events.of('run.skipped')).toEqual([
      {
        event: 'run.skipped',
        plugin: 'b',
        reason: 'waiting',
        pid: null,
        elapsedMs: 60_000,
        skips: 1,
        isPassedOver: true,
        isOneOfMany: false,
      },
    ]);
    await at.end('a');
    await at.end('b');
    expect([at.started, at.states()]).toEqual([['a', 'b'], []]);
  });

  test('a tick waits for its own runs only, not for those that it skipped', async () => {
    const at = setUp({ overdueAfterMs: 1e9 });
    const first = await at.tick('a');
    const second = await at.tick('a', 'b');
    await at.end('b');
    expect([first.isSettled(), second.isSettled()]).toEqual([false, true]);
  });
});

test('whatever ticks, ends, waits and numbers of slots come: nothing runs twice, none begins without a slot, none waits beside one, all is released in the end', async () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f'];
  const action = fc.oneof(
    fc.record({ kind: fc.constant('tick' as const), files: fc.subarray(files) }),
    fc.record({ kind: fc.constant('end' as const), files: fc.subarray(files) }),
    fc.record({ kind: fc.constant('slots' as const), runs: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 1500 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (actions, first) => {
      const at = setUp({ maxConcurrency: first });
      const ticks = [];
      let slots = first;
      for (const step of actions) {
        const before = at.started.length;
        if (step.kind === 'tick') ticks.push(await at.tick(...step.files));
        else if (step.kind === 'end') await at.end(...step.files);
        else if (step.kind === 'slots') {
          slots = step.runs;
          await at.setConcurrency(slots);
        } else await at.advance(step.ms);
        const overdue = at.events.of('run.overdue').map(({ pid }) => pid);
        const holding = [...at.running.values()].filter(({ pid }) => !overdue.includes(pid));
        const begun = at.started.length - before;
        if (begun > 0) expect(holding.length).toBeLessThanOrEqual(slots); // what ran when there were more may run on
        if (at.states().some((state) => state.endsWith(' waiting')))
          expect(holding.length).toBeGreaterThanOrEqual(slots);
        expect(at.states().filter((state) => state.endsWith(' running'))).toHaveLength(at.running.size);
      }
      while (at.running.size > 0) for (const file of [...at.running.keys()]) await at.end(file);
      expect([at.states(), at.clock.pending(), ticks.every((tick) => tick.isSettled())]).toEqual([[], 0, true]);
    }),
    { numRuns: 60 },
  );
});
