import { describe, expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { setUp } from './set-up.ts';

const hourMs = 3_600_000;

describe.each([
  ['ahead', hourMs],
  ['back', -hourMs],
])('a wall clock that is set %s by an hour', (_where, jumpMs) => {
  test('does not change how old a run is that a tick skips, whether it runs or waits', async () => {
    const at = setUp({ maxConcurrency: 1, overdueAfterMs: 1e9 });
    await at.tick('runs', 'waits');
    at.clock.jump(jumpMs);
    await at.advance(30_000);
    await at.tick('runs', 'waits');
    expect(at.events.of('run.skipped')).toMatchObject([
      { plugin: 'runs', reason: 'running', elapsedMs: 30_000 },
      { plugin: 'waits', reason: 'waiting', elapsedMs: 30_000 },
    ]);
    expect(at.scheduler.inFlight().map((run) => run.elapsedMs())).toEqual([30_000, 30_000]);
  });

  test('does not change the age of a run of a former agent, once it is adopted', async () => {
    const at = setUp();
    at.alive.add(7);
    const process = { pid: 7, startedAt: 'then' };
    at.scheduler.adopt([{ file: pluginFile('a'), startedMs: at.clock.nowMs() - 5000, process }]);
    at.clock.jump(jumpMs);
    await at.advance(30_000);
    await at.tick('a');
    expect(at.events.of('run.skipped')).toMatchObject([{ plugin: 'a', pid: 7, elapsedMs: 35_000 }]);
  });

  test('makes no run overdue early or late, and its age is right', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.tick('a', 'b');
    at.clock.jump(jumpMs);
    await at.advance(149);
    at.clock.jump(jumpMs);
    await at.advance(850);
    expect([at.events.of('run.overdue'), at.started]).toEqual([[], ['a']]);
    await at.advance(1);
    expect(at.events.of('run.overdue')).toMatchObject([{ plugin: 'a', elapsedMs: 1000 }]);
    expect(at.started).toEqual(['a', 'b']);
  });

  test('does not change when a run is recorded, and the record says when it began', async () => {
    const at = setUp();
    await at.tick('a');
    at.clock.jump(jumpMs);
    await at.advance(149);
    expect(at.recorded).toEqual([]);
    await at.advance(1);
    expect(at.recorded).toEqual([['a', 1_000_000, 101]]);
  });

  test('does not change which run counts as the shortest', async () => {
    const at = setUp({ maxConcurrency: 1 });
    await at.tick('slow');
    at.clock.jump(Math.min(0, jumpMs));
    await at.advance(100);
    await at.end('slow');
    await at.tick('quick');
    at.clock.jump(Math.max(0, jumpMs));
    await at.advance(10);
    await at.end('quick');
    await at.tick('hold', 'slow', 'quick');
    const before = at.started.length;
    for (const file of ['hold', 'quick']) await at.end(file);
    expect(at.started.slice(before)).toEqual(['quick', 'slow']);
  });
});
