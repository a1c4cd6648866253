import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { type PluginFile, pluginFile } from '../../src/model/plugin.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { createView } from '../../src/view/view.ts';

/** A view at second 100 that has seen these events. */
function viewAfter(...events: readonly AgentEvent[]) {
  const view = createView({ nowMs: () => 100_000 });
  for (const event of events) view.note(event);
  return view;
}

const refused: AgentEvent = { event: 'config.refused', problems: ['a.ini:2: hostnam: there is no such key'] };
const failed: AgentEvent = { event: 'store.failed', detail: 'database or disk is full' };

test('a view that has seen nothing knows of no tick and no trouble', () => {
  expect(viewAfter().agent()).toEqual({
    lastTickAtS: null,
    configurationProblems: [],
    overload: null,
    storeFailure: null,
    salvage: null,
    foundAtStart: null,
  });
});

test('the last tick, the problems of a refused configuration and a failing store are known until they are over', () => {
  const tick = (atS: number): AgentEvent => ({ event: 'tick.started', atS: unixSeconds(atS), plugins: 1, due: 1 });
  const troubled = viewAfter(tick(60), refused, failed, tick(90));
  expect(troubled.agent()).toEqual({
    lastTickAtS: 90,
    configurationProblems: ['a.ini:2: hostnam: there is no such key'],
    overload: null,
    storeFailure: 'database or disk is full',
    salvage: null,
    foundAtStart: null,
  });
  troubled.note({ event: 'config.reloaded', changed: [] });
  troubled.note({ event: 'store.recovered' });
  expect(troubled.agent()).toEqual({ ...viewAfter().agent(), lastTickAtS: 90 });
});

test('an overload is known as of the last tick, with its beginning, until it is over', () => {
  const advice = { kind: 'overloaded', sentence: '2 of 9 plugins wait for a slot', commands: [] } as const;
  const event = { event: 'agent.overloaded', plugins: 9, slots: 4, cpuBusyPercent: 99.6, advice } as const;
  const overloaded = viewAfter(
    { ...event, waiting: 3, longestWaitMs: 60_000, repeat: 1, elapsedMs: 60_000 },
    { ...event, waiting: 2, longestWaitMs: 90_060, repeat: 2, elapsedMs: 90_000 },
  );
  const { overload } = overloaded.agent();
  expect(overload).toEqual({
    sinceS: expect.any(Number),
    waiting: 2,
    plugins: 9,
    longestWaitS: 90.1,
    slots: 4,
    cpuBusyPercent: 100,
    explanation: '2 of 9 plugins wait for a slot',
  });
  overloaded.note({ event: 'agent.relieved', elapsedMs: 120_000 });
  expect(overloaded.agent().overload).toBe(null);
});

test('one event moves each part of the view that it is about, and facts of scripts that are gone are dropped', () => {
  const [here, gone] = [pluginFile('here.sh'), pluginFile('gone.sh')];
  const skipped = (plugin: PluginFile): AgentEvent => ({
    event: 'run.skipped',
    plugin,
    reason: 'running',
    pid: 7,
    elapsedMs: 1,
    skips: 1,
    isPassedOver: false,
    isOneOfMany: false,
  });
  const sent: AgentEvent = { event: 'batch.sent', sink: 'influx', samples: 3, durationMs: 1 };
  const view = viewAfter(skipped(here), skipped(gone), sent);
  expect([view.totals().skips, view.runs(here).skips, view.runs(gone).skips]).toEqual([2, 1, 1]);
  expect([view.sink('influx').lastSentAtS, view.sinkCounts('influx').samplesSent]).toEqual([100, 3]);
  view.present(new Set([here]));
  expect([view.totals().skips, view.runs(here).skips, view.runs(gone).skips]).toEqual([2, 1, 0]);
});

test('a database that was damaged is known, with what was salvaged of it', () => {
  const path = '/s/instrument_server.db.damaged';
  const setAside = { event: 'store.set-aside', path, samples: 9, detail: 'x' } as const;
  expect(viewAfter(setAside).agent().salvage).toMatchObject({ path, samples: 0, lost: 9 });
  const salvaged = { event: 'store.salvaged', path, samples: 8, lost: 1 } as const;
  expect(viewAfter(setAside, salvaged).agent().salvage).toMatchObject({ path, samples: 8, lost: 1 });
});
