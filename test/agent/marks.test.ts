import { expect, test } from 'vitest';
import { MarkMaker } from '../../src/agent/marks.ts';
import type { AgentEvent, RunFinishedEvent } from '../../src/model/event.ts';
import type { Mark } from '../../src/model/mark.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { goodRun } from '../view/set-up.ts';

const startMs = 1_700_000_000_000;
const startS = startMs / 1000;
const plugin = pluginFile('p.sh');

/** A maker of marks, at the start of an agent that finds these. */
function makerWith(found: readonly Mark[] = []) {
  const clock = fakeClock(startMs);
  const made: Mark[] = [];
  const marks = { all: () => found, add: (mark: Mark) => void made.push(mark) };
  const maker = new MarkMaker({ clock, marks, isNoticed: () => false, onNotice: () => {} });
  /** The texts of the marks since the last call. */
  const texts = () => made.splice(0).map(({ text }) => text);
  return { clock, made, maker, texts };
}

const good: RunFinishedEvent = { ...goodRun, event: 'run.finished', plugin, pid: 1, isOutputRead: true };

function failed(ending: RunFinishedEvent['ending']): RunFinishedEvent {
  return { ...good, ending, failure: { kind: 'exit-status', sentence: 'secret words', commands: [] } };
}

const hung: AgentEvent = {
  event: 'run.hung',
  plugin,
  pid: 1,
  elapsedMs: 40_000,
  advice: { kind: 'hung', sentence: 'it hangs', commands: [] },
};

const leftBehind: AgentEvent = {
  event: 'run.skipped',
  plugin,
  reason: 'left-behind',
  pid: null,
  elapsedMs: 0,
  skips: 1,
  isPassedOver: false,
  isOneOfMany: false,
};

const minuteMs = 60_000;

test.each([
  [failed({ kind: 'exited', status: 3 }), 'plugin p.sh fails: it exited with status 3'],
  [failed({ kind: 'signaled', signal: 'SIGKILL', status: 137 }), 'plugin p.sh fails: it was ended by SIGKILL'],
  [
    failed({ kind: 'not-started', code: 'ENOENT', cause: 'missing-interpreter' }),
    'plugin p.sh fails: it could not be started (ENOENT)',
  ],
  [failed({ kind: 'unknown' }), 'plugin p.sh fails: how it ended is not known'],
  [{ ...good, outputLost: 'no room' }, 'plugin p.sh fails: its output was lost'],
  [leftBehind, 'plugin p.sh fails: it is not run: processes that its runs left behind hold its output'],
  [hung, 'plugin p.sh hangs: its run has taken 40 s so far'],
] satisfies readonly (readonly [AgentEvent, string])[])('%s', (event, text) => {
  const { maker, texts } = makerWith();
  maker.note(event);
  expect(texts()).toEqual([text]);
});

test('a plugin that is well, waits or is being written has no mark', () => {
  const { maker, texts } = makerWith();
  maker.note(good);
  maker.note(failed({ kind: 'not-started', code: 'ETXTBSY', cause: 'being-written' }));
  maker.note({ ...leftBehind, event: 'run.skipped', reason: 'running' });
  maker.note({ event: 'tick.started', atS: startS, plugins: 1, due: 1 });
  expect(texts()).toEqual([]);
});

test('trouble lasts from its first mark to the mark that says that it is over', () => {
  const { clock, maker, made } = makerWith();
  maker.note(failed({ kind: 'exited', status: 1 }));
  clock.advance(6 * minuteMs);
  maker.note(hung);
  clock.advance(6 * minuteMs);
  maker.note(good);
  expect(made.map(({ atS, durationS, kind, text }) => [atS - startS, durationS, kind, text])).toEqual([
    [0, 0, 'failing', 'plugin p.sh fails: it exited with status 1'],
    [360, 0, 'hung', 'plugin p.sh hangs: its run has taken 40 s so far'],
    [720, 720, 'well', 'plugin p.sh is well again after 12m'],
  ]);
});

test('within five minutes after a mark nothing more is said, and then the last state, if it is another one', () => {
  const { clock, maker, made, texts } = makerWith();
  maker.note(failed({ kind: 'exited', status: 1 }));
  clock.advance(minuteMs);
  maker.note(good);
  clock.advance(minuteMs);
  maker.note(failed({ kind: 'exited', status: 2 }));
  clock.advance(4 * minuteMs);
  maker.look();
  expect(texts()).toEqual(['plugin p.sh fails: it exited with status 1']); // it still fails
  maker.note(good);
  clock.advance(minuteMs);
  maker.note(hung);
  maker.note(hung);
  clock.advance(5 * minuteMs);
  maker.look();
  expect(made.map(({ kind, atS }) => [kind, atS - startS])).toEqual([
    ['well', 360],
    ['hung', 420],
  ]);
});

test('changes have marks of their own, of many in five minutes the first and the last', () => {
  const { clock, maker, made } = makerWith();
  for (let change = 0; change < 4; change += 1) {
    maker.note({ event: 'plugin.changed', plugin });
    clock.advance(minuteMs);
  }
  maker.note(failed({ kind: 'exited', status: 1 }));
  clock.advance(minuteMs);
  maker.look();
  expect(made.map(({ kind, atS }) => [kind, atS - startS])).toEqual([
    ['changed', 0],
    ['failing', 240],
    ['changed', 180],
  ]);
});

test('what a former agent said counts, unless it is of a time to come', () => {
  const mark: Mark = { atS: startS - 60, durationS: 0, kind: 'failing', plugin, text: 'fails' };
  const { clock, maker, made, texts } = makerWith([mark]);
  maker.note(failed({ kind: 'exited', status: 1 }));
  maker.note(good);
  expect(texts()).toEqual([]);
  clock.advance(4 * minuteMs);
  maker.look();
  expect(made).toMatchObject([{ kind: 'well', durationS: 60, atS: startS }]);
  const late = makerWith([{ ...mark, atS: startS + 1e6 }]);
  late.maker.note(good);
  expect(late.made).toMatchObject([{ kind: 'well', durationS: 0 }]);
});

test('agents that start one after the other have a mark in five minutes', () => {
  const started: Mark = { atS: startS - 10, durationS: 0, kind: 'started', plugin: null, text: 'started' };
  const { clock, maker, texts } = makerWith([started]);
  const event = { version: '2.0.0', hostname: 'h', pid: 1, intervalS: 30, stateDir: '/s' };
  maker.note({ event: 'daemon.started', ...event });
  expect(texts()).toEqual([]);
  clock.advance(5 * minuteMs);
  maker.look();
  expect(texts()).toEqual(['the agent (instrument_server 2.0.0) was started']);
});

test('of more plugins than 2,000 the further ones have no marks, and those in trouble are not said again', () => {
  const { clock, maker, texts } = makerWith();
  const event = failed({ kind: 'exited', status: 1 });
  const file = (number: number) => pluginFile(`p${number}`);
  const allFail = () => {
    for (let number = 0; number < 2001; number += 1) maker.note({ ...event, plugin: file(number) });
    clock.advance(6 * minuteMs);
    maker.look();
  };
  allFail();
  expect(texts().length).toBe(2000);
  maker.note({ event: 'plugin.changed', plugin: file(0) });
  allFail();
  expect(texts()).toEqual([]);
  maker.note({ ...good, plugin: file(0) });
  clock.advance(6 * minuteMs);
  maker.look();
  expect(texts()).toEqual(['plugin p0 is well again after 12m']);
  allFail();
  expect(texts()).toEqual(['plugin p0 fails: it exited with status 1']);
  const crowd = Array.from({ length: 2001 }, (_, number): Mark => {
    return { atS: startS, durationS: 0, kind: 'failing', plugin: file(number), text: 'fails' };
  });
  const second = makerWith(crowd);
  second.maker.note({ ...event, plugin: file(2000) });
  expect(second.texts()).toEqual([]);
});

test('a plugin that was removed in trouble is another one when there is a script of its name again', () => {
  const { clock, maker, texts } = makerWith();
  const removed: AgentEvent = { event: 'plugin.removed', plugin };
  maker.note(removed);
  maker.note(hung);
  expect(texts()).toEqual(['plugin p.sh hangs: its run has taken 40 s so far']);
  maker.note(failed({ kind: 'exited', status: 1 }));
  maker.note(removed);
  clock.advance(60 * minuteMs);
  maker.note(good);
  maker.look();
  expect(texts()).toEqual([]);
});

test('trouble that is over before the plugin is removed is said to be over', () => {
  const { clock, maker, texts } = makerWith();
  maker.note(hung);
  clock.advance(minuteMs);
  maker.note(good);
  maker.note({ event: 'plugin.removed', plugin });
  clock.advance(5 * minuteMs);
  maker.look();
  expect(texts().at(-1)).toBe('plugin p.sh is well again after 1m');
});
