import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { type Backlog, selfSamples } from '../../src/view/self-metrics.ts';
import { createView, type View } from '../../src/view/view.ts';
import { wrongMode } from '../helpers/refused.ts';
import { failure } from './set-up.ts';

const usage = { rssBytes: 52_428_800, cpuS: 1.23456 };
const context = { hostname: 'web1.example', atS: unixSeconds(600) };
const backlog = (change: Partial<Backlog> = {}): Backlog => ({
  sink: 'SINK',
  waiting: () => 12,
  oldestAtS: () => unixSeconds(480),
  lost: () => 7,
  ...change,
});

const newView = () => createView({ nowMs: () => 600_000 });

/** The value of each metric, by its name without the prefix. */
function valuesOf(view: View, backlogs: readonly Backlog[]): Readonly<Record<string, number>> {
  const samples = selfSamples(view, backlogs, usage, context);
  return Object.fromEntries(
    samples.map(({ metric, value }) => [metric.replace('web1.example.instrument_server.', ''), value]),
  );
}

test('each sample has the prefix of the agent, the time of the tick, and at most three decimals', () => {
  const samples = selfSamples(newView(), [backlog()], usage, context);
  for (const { metric, value, atS } of samples) {
    expect(metric).toMatch(/^web1\.example\.instrument_server\.[a-z_]+(\.[A-Za-z_]+)*$/);
    expect(atS).toBe(600);
    expect(value).toBe(Math.round(value * 1000) / 1000);
  }
  expect(valuesOf(newView(), [])).toMatchObject({ 'memory.rss_mb': 50, cpu_s: 1.235 });
});

describe('what waits for a sink', () => {
  const spool = (change: Partial<Backlog>) => valuesOf(newView(), [backlog(change)]);

  test('has a size, an age and what was lost before', () => {
    expect(spool({})).toMatchObject({ 'spool.SINK.samples': 12, 'spool.SINK.age_s': 120, 'spool.SINK.lost': 7 });
  });

  test('has the age 0 where nothing waits, it is not known, or the oldest is of a time to come', () => {
    expect(spool({ waiting: () => 0, oldestAtS: () => null })).toMatchObject({
      'spool.SINK.samples': 0,
      'spool.SINK.age_s': 0,
    });
    expect(spool({ oldestAtS: () => unixSeconds(9000) })).toMatchObject({ 'spool.SINK.age_s': 0 });
  });

  test('is told sink by sink, and a sink that has delivered nothing yet is told too', () => {
    const view = newView();
    view.note({ event: 'batch.sent', sink: 'one', samples: 5, durationMs: 1 });
    const values = valuesOf(view, [backlog({ sink: 'one' }), backlog({ sink: 'two', waiting: () => 3 })]);
    expect(values).toMatchObject({
      'sink.one.samples_sent': 5,
      'sink.two.samples_sent': 0,
      'spool.one.samples': 12,
      'spool.two.samples': 3,
    });
  });
});

describe('docs/self-metrics.md', () => {
  const page = readFileSync(new URL('../../docs/self-metrics.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\S+)` +\| ([^|]+?) +\| (total|current) +\| ([^|]+?) +\|$/gm)];
  const namesOf = (kind: string) => rows.filter(([, , , known]) => known === kind).map(([, name = '']) => name);

  const once = { repeat: 1, elapsedMs: 0 };
  const trouble = fc.constantFrom(
    { kind: 'lost', commands: [], sentence: 'x' } as const,
    { kind: 'refused', commands: [], sentence: 'x' } as const,
  );
  const plugin = fc.constantFrom(pluginFile('a'), pluginFile('b'));
  const event: fc.Arbitrary<AgentEvent> = fc.oneof(
    plugin.map((file) => ({ event: 'plugin.added' as const, plugin: file })),
    plugin.map((file) => ({ event: 'plugin.removed' as const, plugin: file })),
    plugin.map((file) => ({ event: 'run.started' as const, plugin: file })),
    plugin.map((file) => ({ event: 'run.overdue' as const, plugin: file, pid: 1, elapsedMs: 1 })),
    plugin.map((file) => {
      const advice = { kind: 'hung', sentence: 'it still runs', commands: [] };
      return { event: 'run.hung' as const, plugin: file, pid: 1, elapsedMs: 1, advice };
    }),
    plugin.map((file) => ({
      event: 'run.skipped' as const,
      plugin: file,
      reason: 'running' as const,
      pid: 1,
      elapsedMs: 1,
      skips: 1,
      isPassedOver: false,
      isOneOfMany: false,
    })),
    fc.integer({ min: 1, max: 9 }).map((waiting) => ({
      event: 'agent.overloaded' as const,
      waiting,
      plugins: 9,
      longestWaitMs: waiting * 1000,
      slots: 4,
      cpuBusyPercent: null,
      advice: { kind: 'overloaded' as const, sentence: 'plugins wait', commands: [] },
      ...once,
    })),
    fc.constant({ event: 'agent.relieved' as const, elapsedMs: 1 }),
    plugin.map((file) => {
      const ending = { kind: 'exited' as const, status: 3 };
      return {
        event: 'run.finished' as const,
        plugin: file,
        pid: 1,
        ending,
        failure: failure('it exited with status 3'),
        durationMs: 1,
        cpuS: null,
        peakMemoryBytes: null,
        isOutputRead: true,
        samples: 2,
        badLines: 1,
        firstBadLines: [],
        looksLike: null,
        unendedBytes: 0,
        notFinite: 0,
        message: null,
        checkState: null,
        takenByHost: null,
        leftOut: null,
        outputBytes: 9,
        droppedBytes: 1,
        outputLost: null,
      };
    }),
    plugin.map((file) => {
      const rejection = wrongMode('/p', 0o755);
      return {
        event: 'plugin.rejected' as const,
        plugin: file,
        rejection,
        advice: { kind: 'wrong-mode', sentence: 'x', commands: [] },
      };
    }),
    fc.constant({ event: 'store.failed' as const, detail: 'x' }),
    fc.constant({ event: 'store.set-aside' as const, path: '/x', samples: 3, detail: 'x' }),
    fc.constant({ event: 'sink.connected' as const, sink: 'SINK' }),
    fc.constant({ event: 'batch.sent' as const, sink: 'SINK', samples: 4, durationMs: 1 }),
    fc.constant({ event: 'batch.dropped' as const, sink: 'SINK', samples: 4, detail: 'x', ...once }),
    fc
      .record({ trouble, mayHaveArrived: fc.boolean() })
      .map((rest) => ({ event: 'batch.returned' as const, sink: 'SINK', samples: 4, ...rest })),
  );

  test('holds every metric that is sent, in the same order, with a unit and a meaning, and no other', () => {
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(valuesOf(newView(), [backlog()])));
    for (const [, name, unit, , meaning] of rows) expect([name, unit, meaning]).not.toContain('');
  });

  test('calls a total what only ever grows, and current what also falls', () => {
    const grew = new Set<string>();
    const fell = new Set<string>();
    fc.assert(
      fc.property(fc.array(event, { minLength: 20, maxLength: 60 }), (events) => {
        const view = newView();
        let before = valuesOf(view, [backlog()]);
        for (const one of events) {
          view.note(one);
          const now = valuesOf(view, [backlog()]);
          for (const [name, value] of Object.entries(now)) {
            if (value > (before[name] ?? 0)) grew.add(name);
            if (value < (before[name] ?? 0)) fell.add(name);
          }
          before = now;
        }
      }),
      { numRuns: 200, seed: 1 },
    );
    const handedIn = ['spool.SINK.samples', 'spool.SINK.age_s', 'spool.SINK.lost', 'memory.rss_mb', 'cpu_s']; // no event moves them
    const moved = (names: readonly string[]) => names.filter((name) => !handedIn.includes(name)).sort();
    expect([...fell].sort()).toEqual(moved(namesOf('current')));
    expect([...grew].sort()).toEqual(moved([...namesOf('current'), ...namesOf('total')]));
  });
});
