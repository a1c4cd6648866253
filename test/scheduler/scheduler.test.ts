import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plugin, type PluginFile, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { ProcessIdentity, RunInFlight } from '../../src/model/run.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { createScheduler } from '../../src/scheduler/scheduler.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { turn } from '../helpers/turns.ts';

const plugin = (file: string): Plugin => ({ file: pluginFile(file), name: pluginName(file), path: `/scripts/${file}` });
const plugins = (...files: string[]) => files.map(plugin);

type Run = { pid: number | null; end(): void };

/** A scheduler whose runs are promises that the test ends. */
function setUp({ maxConcurrency = 2, overdueAfterMs = 1000 } = {}) {
  const clock = fakeClock(1_000_000);
  const events = eventLog();
  const started: string[] = [];
  const running = new Map<string, Run>();
  const recorded: (readonly [PluginFile, number, number])[] = [];
  const survivorsEnded: PluginFile[] = [];
  const alive = new Set<number>();
  let pids = 100;
  const scheduler = createScheduler(
    { clock, isAlive: ({ pid }: ProcessIdentity) => alive.has(pid) },
    { maxConcurrency, overdueAfterMs, emit: events.emit },
    ({ file }) => {
      expect(running.has(file)).toBe(false); // never doubled
      started.push(file);
      pids += 1;
      const run = { pid: pids, end() {} };
      running.set(file, run);
      const ended = new Promise<void>((resolve) => {
        run.end = () => {
          running.delete(file);
          resolve();
        };
      });
      return { pid: () => run.pid, ended };
    },
    (file, startedMs, pid) => recorded.push([file, startedMs, pid]),
    (file) => survivorsEnded.push(file),
  );
  async function turns() {
    for (let time = 0; time < 3; time += 1) await turn();
  }
  return {
    clock,
    events,
    started,
    running,
    recorded,
    survivorsEnded,
    alive,
    scheduler,
    turns,
    /** Begins a tick and gives the runs time to begin; whether its promise has resolved can be asked for. */
    async tick(...files: string[]) {
      let isSettled = false;
      void scheduler.tick({ atS: unixSeconds(clock.nowMs() / 1000) }, plugins(...files)).then(() => {
        isSettled = true;
      });
      await turns();
      return { isSettled: () => isSettled };
    },
    async end(file: string) {
      running.get(file)?.end();
      await turns();
    },
    async advance(ms: number) {
      clock.advance(ms);
      await turns();
    },
    states: () => scheduler.inFlight().map(({ file, state }) => `${file} ${state}`),
  };
}

describe('slots', () => {
  test('so many run at once as there are; the others wait, and begin in their order as slots come free', async () => {
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

  test('a tick without plugins is over at once', async () => {
    const at = setUp();
    expect((await at.tick()).isSettled()).toBe(true);
  });

  test('a run that is overdue gives its slot back, is told once with its process, and stays in flight until it ends', async () => {
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

  test('what one run took is forgotten when the next takes longer', async () => {
    const at = setUp({ maxConcurrency: 1 });
    for (const [a, b] of [
      [10, 20],
      [40, 30],
    ] as const) {
      await at.tick('a');
      await at.advance(a);
      await at.end('a');
      await at.tick('b');
      await at.advance(b);
      await at.end('b');
    }
    await at.tick('hold', 'a', 'b');
    await at.end('hold');
    expect(at.started.at(-1)).toBe('b');
  });
});

describe('skips', () => {
  test('a run that goes on is skipped: counted, and told at the first, 2nd, 4th and 8th in a row with its process and age', async () => {
    const at = setUp();
    await at.tick('a');
    for (let tick = 1; tick <= 9; tick += 1) {
      await at.advance(60_000);
      await at.tick('a');
    }
    const shape = { event: 'run.skipped', plugin: 'a', reason: 'running', pid: 101 };
    expect(at.events.of('run.skipped')).toEqual([1, 2, 4, 8].map((skips) => ({ ...shape, skips, elapsedMs: skips * 60_000 })));
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
      { event: 'run.skipped', plugin: 'b', reason: 'waiting', pid: null, elapsedMs: 60_000, skips: 1 },
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

describe('records', () => {
  test('a run is recorded once it is 150 ms old, and a shorter one is not', async () => {
    const at = setUp();
    await at.tick('long', 'short');
    await at.advance(149);
    await at.end('short');
    expect(at.recorded).toEqual([]);
    await at.advance(1);
    expect(at.recorded).toEqual([['long', 1_000_000, 101]]);
    await at.advance(60_000);
    expect(at.recorded).toHaveLength(1);
  });

  test('a run whose process is not known yet at that age is recorded as soon as it is', async () => {
    const at = setUp();
    await at.tick('a');
    const run = at.running.get('a');
    if (run) run.pid = null;
    await at.advance(400);
    expect(at.recorded).toEqual([]);
    if (run) run.pid = 7;
    await at.advance(50);
    expect(at.recorded).toEqual([['a', 1_000_000, 7]]);
  });

  test('a run that ends without a process leaves no timer', async () => {
    const at = setUp();
    await at.tick('a');
    const run = at.running.get('a');
    if (run) run.pid = null;
    await at.advance(300);
    await at.end('a');
    expect([at.recorded, at.clock.pending()]).toEqual([[], 0]);
  });
});

describe('runs of a former agent', () => {
  const survivor = (file: string, pid: number, startedMs = 900_000): RunInFlight => ({
    file: pluginFile(file),
    startedMs,
    process: { pid, startedAt: 'then' },
  });

  test('that still run are told and count as in flight: skipped until they end, run at the tick after that', async () => {
    const at = setUp();
    at.alive.add(7);
    at.scheduler.adopt([survivor('a', 7)]);
    expect(at.events.all).toEqual([{ event: 'run.survived', plugin: 'a', pid: 7 }]);
    expect(at.states()).toEqual(['a running']);
    await at.tick('a', 'b');
    expect(at.started).toEqual(['b']);
    expect(at.events.of('run.skipped')).toMatchObject([{ plugin: 'a', reason: 'running', pid: 7, elapsedMs: 100_000, skips: 1 }]);
    at.alive.delete(7);
    await at.tick('a');
    expect(at.started).toEqual(['b', 'a']);
    expect([at.events.of('run.survivor-ended'), at.survivorsEnded]).toEqual([
      [{ event: 'run.survivor-ended', plugin: 'a', pid: 7 }],
      ['a'],
    ]);
    await at.tick('a');
    expect(at.survivorsEnded).toEqual(['a']);
  });

  test('that ended meanwhile are forgotten, and nobody is told that they survived', async () => {
    const at = setUp();
    at.scheduler.adopt([survivor('a', 7)]);
    expect([at.events.all, at.survivorsEnded, at.states()]).toEqual([[], ['a'], []]);
    await at.tick('a');
    expect(at.started).toEqual(['a']);
  });

  test('hold no slot', async () => {
    const at = setUp({ maxConcurrency: 1 });
    for (const pid of [7, 8, 9]) at.alive.add(pid);
    at.scheduler.adopt([survivor('x', 7), survivor('y', 8), survivor('z', 9)]);
    await at.tick('a');
    expect(at.started).toEqual(['a']);
  });

  test('are not waited for at the end', async () => {
    const at = setUp();
    at.alive.add(7);
    at.scheduler.adopt([survivor('a', 7)]);
    await at.scheduler.close();
    expect(at.states()).toEqual(['a running']);
  });
});

describe('the end', () => {
  test('waits for what runs, overdue or not, and begins nothing more; what waited is in flight no longer, and its tick is over', async () => {
    const at = setUp({ maxConcurrency: 2 });
    await at.tick('overdue');
    await at.advance(1000);
    const tick = await at.tick('a', 'b', 'c', 'd');
    let isClosed = false;
    const closed = at.scheduler.close().then(() => {
      isClosed = true;
    });
    await at.end('a');
    await at.end('b');
    expect([isClosed, tick.isSettled(), at.states()]).toEqual([false, true, ['overdue running']]);
    await at.end('overdue');
    await closed;
    expect([at.started, at.states(), at.clock.pending()]).toEqual([['overdue', 'a', 'b'], [], 0]);
    await at.tick('e');
    expect([at.started, at.states()]).toEqual([['overdue', 'a', 'b'], []]);
  });

  test('comes at once when nothing runs', async () => {
    await expect(setUp().scheduler.close()).resolves.toBeUndefined();
  });
});

test('whatever ticks, ends and waits come: nothing runs twice, no more hold slots than there are, all is released in the end', async () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f'];
  const action = fc.oneof(
    fc.record({ kind: fc.constant('tick' as const), files: fc.subarray(files) }),
    fc.record({ kind: fc.constant('end' as const), file: fc.constantFrom(...files) }),
    fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 1500 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (actions, maxConcurrency) => {
      const at = setUp({ maxConcurrency });
      const ticks = [];
      for (const step of actions) {
        if (step.kind === 'tick') ticks.push(await at.tick(...step.files));
        else if (step.kind === 'end') await at.end(step.file);
        else await at.advance(step.ms);
        const overdue = at.events.of('run.overdue').map(({ pid }) => pid);
        const holding = [...at.running.values()].filter(({ pid }) => !overdue.includes(pid));
        expect(holding.length).toBeLessThanOrEqual(maxConcurrency);
        if (at.states().some((state) => state.endsWith(' waiting'))) expect(holding.length).toBe(maxConcurrency);
        expect(at.states().filter((state) => state.endsWith(' running'))).toHaveLength(at.running.size);
      }
      while (at.running.size > 0) for (const file of [...at.running.keys()]) await at.end(file);
      expect([at.states(), at.clock.pending(), ticks.every((tick) => tick.isSettled())]).toEqual([[], 0, true]);
    }),
    { numRuns: 60 },
  );
});
