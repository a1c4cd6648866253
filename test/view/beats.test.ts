import { describe, expect, test } from 'vitest';
import type { AgentEvent, RunFinishedEvent, RunSkippedEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { createBeats } from '../../src/view/beats.ts';
import { createRunFacts } from '../../src/view/runs.ts';
import { failure } from './set-up.ts';

const plugin = pluginFile('x.sh');
const started: AgentEvent = { event: 'run.started', plugin };
const overdue: AgentEvent = { event: 'run.overdue', plugin, pid: 47, elapsedMs: 5000 };

function finished(change: Partial<RunFinishedEvent> = {}): RunFinishedEvent {
  return {
    event: 'run.finished',
    plugin,
    pid: 47,
    ending: { kind: 'exited', status: 0 },
    failure: null,
    durationMs: 5000,
    cpuS: null,
    peakMemoryBytes: null,
    isOutputRead: true,
    samples: 2,
    badLines: 0,
    firstBadLines: [],
    looksLike: null,
    unendedBytes: 0,
    notFinite: 0,
    message: null,
    checkState: null,
    takenByHost: null,
    leftOut: null,
    outputBytes: 10,
    droppedBytes: 0,
    outputLost: null,
    ...change,
  };
}

function skipped(change: Partial<RunSkippedEvent> = {}): RunSkippedEvent {
  const run = { pid: 47, elapsedMs: 6000, skips: 1, isPassedOver: false, isOneOfMany: false };
  return { event: 'run.skipped', plugin, reason: 'running', ...run, ...change };
}

function beatsAfter(...events: readonly AgentEvent[]): string {
  const keeper = createRunFacts();
  for (const event of events) keeper.note(event, 100);
  return keeper.of(plugin).beats();
}

test.each([0, 1, 59, 60, 61, 150])('of %i beats the last sixty are kept, oldest first', (count) => {
  const letters = Array.from({ length: count }, (_, index) => (index % 7 === 0 ? 'f' : 'o'));
  const beats = createBeats();
  for (const letter of letters) beats.add(letter);
  expect(beats.text()).toBe(letters.slice(-60).join(''));
  beats.add('h');
  expect(beats.text()).toBe([...letters, 'h'].slice(-60).join(''));
});

test('a plugin that was not due yet has no beat', () => {
  expect(beatsAfter()).toBe('');
  expect(beatsAfter(started)).toBe('');
});

test('a run that reported all is o; with bad lines, a cut output or samples left out it is p', () => {
  const leftOut = { beyond: 1, newNames: 0, firstNewName: null, maxSamples: 2, maxNames: 9 };
  expect(
    beatsAfter(
      finished(),
      finished({ badLines: 1 }),
      finished({ droppedBytes: 7 }),
      finished({ takenByHost: { count: 1, names: ['cpu'] } }),
      finished({ leftOut }),
    ),
  ).toBe('opppp');
});

test('a run that failed, gave no sample, or whose output was lost is f', () => {
  const failed = finished({ failure: failure('it failed') });
  const lost: AgentEvent = { event: 'run.output-lost', plugin, detail: 'disk full', repeat: 1, elapsedMs: 0 };
  expect(beatsAfter(failed, finished({ samples: 0 }), finished({ outputLost: 'no space' }), lost, finished())).toBe(
    'ffff',
  );
});

describe('a tick that was skipped', () => {
  test('is s while the plugin waits for a slot, or its run had to', () => {
    expect(beatsAfter(skipped({ reason: 'waiting', isPassedOver: true }))).toBe('s');
    expect(beatsAfter(finished(), started, skipped({ isPassedOver: true }))).toBe('os');
  });
  test('is l while its run takes long, and h once that takes over twice as long as any before', () => {
    const ticks = [6000, 9000, 11_000].map((elapsedMs, index) => skipped({ elapsedMs, skips: index + 1 }));
    expect(beatsAfter(finished(), started, overdue, ...ticks)).toBe('ollh');
    expect(beatsAfter(finished(), started, ...ticks)).toBe('olll');
  });
  test('is h at once if no run has ended, be it that of a former agent, which is overdue', () => {
    expect(beatsAfter(skipped())).toBe('h');
    expect(beatsAfter(started, skipped())).toBe('l');
    expect(beatsAfter(started, overdue, skipped())).toBe('h');
  });
  test('is f if the plugin is not run because of what its runs left behind', () => {
    expect(beatsAfter(skipped({ reason: 'left-behind' }))).toBe('f');
  });
  test('is followed by the run that ended, which counts once', () => {
    expect(beatsAfter(started, skipped(), skipped({ skips: 2 }), finished(), started, finished())).toBe('lloo');
  });
});

test('a plugin that was removed and comes back begins without a beat', () => {
  const keeper = createRunFacts();
  keeper.note(finished(), 100);
  keeper.present(new Set());
  expect(keeper.of(plugin).beats()).toBe('');
});
