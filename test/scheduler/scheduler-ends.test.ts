import { describe, expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import type { RecordedRun } from '../../src/model/run.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { plugin, setUp } from './set-up.ts';

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

test('a run that can not begin fails its tick with the reason, and stops neither other plugins nor its own next run', async () => {
  const at = setUp({ maxConcurrency: 1 });
  at.unstartable.add('a');
  const tick = at.scheduler.tick({ atS: unixSeconds(1000) }, ['a', 'b'].map(plugin));
  await expect(tick).rejects.toThrow("a can't be started");
  await at.turns();
  expect([at.started, at.states()]).toEqual([['b'], ['b running']]);
  at.unstartable.clear();
  await at.end('b');
  await at.tick('a');
  expect(at.started).toEqual(['b', 'a']);
});

describe('runs of a former agent', () => {
  const survivor = (file: string, pid: number, startedMs = 900_000): RecordedRun => ({
    file: pluginFile(file),
    startedMs,
    process: { pid, startedAt: 'then' },
  });

  test('that are still running are reported and count as in flight: skipped until they end, then run at the next tick', async () => {
    const at = setUp();
    at.alive.add(7);
    at.scheduler.adopt([survivor('a', 7)]);
    expect(at.events.all).toEqual([{ event: 'run.survived', plugin: 'a', pid: 7 }]);
    expect(at.states()).toEqual(['a running']);
    await at.tick('a', 'b');
    expect(at.started).toEqual(['b']);
    expect(at.events.of('run.skipped')).toMatchObject([
      { plugin: 'a', reason: 'running', pid: 7, elapsedMs: 100_000, skips: 1 },
    ]);
    at.alive.delete(7);
    await at.tick('a');
    expect(at.started).toEqual(['b', 'a']);
    expect([at.events.of('run.survivor-ended'), at.forgotten]).toEqual([
      [{ event: 'run.survivor-ended', plugin: 'a', pid: 7 }],
      ['a'],
    ]);
    await at.tick('a');
    expect(at.forgotten).toEqual(['a']);
  });

  test('that ended meanwhile are forgotten, and not reported as survivors', async () => {
    const at = setUp();
    at.scheduler.adopt([survivor('a', 7)]);
    expect([at.events.all, at.forgotten, at.states()]).toEqual([[], ['a'], []]);
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
  test('waits for running plugins, overdue or not, and begins no more; queued ones are not in flight any more, and their tick is over', async () => {
    const at = setUp({ maxConcurrency: 2 });
    await at.tick('overdue');
    await at.advance(1000);
    const tick = await at.tick('a', 'b', 'c', 'd');
    let isClosed = false;
    const closed = at.scheduler.close().then(() => {
      isClosed = true;
    });
    const closedAgain = at.scheduler.close();
    await at.end('a');
    await at.end('b');
    expect([isClosed, tick.isSettled(), at.states()]).toEqual([false, true, ['overdue running']]);
    await at.end('overdue');
    await Promise.all([closed, closedAgain]);
    expect([at.started, at.states(), at.clock.pending()]).toEqual([['overdue', 'a', 'b'], [], 0]);
    await at.tick('e');
    expect([at.started, at.states()]).toEqual([['overdue', 'a', 'b'], []]);
  });

  test('comes at once when nothing runs', async () => {
    await expect(setUp().scheduler.close()).resolves.toBeUndefined();
  });
});
