import { expect, test } from 'vitest';
import { StderrBudget } from '../../src/agent/stderr-budget.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

const [chatty, other] = [pluginFile('chatty'), pluginFile('other')];
const hourMs = 3_600_000;
const line = 'x'.repeat(99); // 100 bytes with its line end

function setUp(mostBytes = 1000) {
  const clock = fakeClock(5000);
  const events: AgentEvent[] = [];
  const bound = { mostBytes };
  const budget = new StderrBudget(
    clock,
    () => bound.mostBytes,
    (event) => events.push(event),
  );
  /** How many of this number of lines are logged. */
  const write = (count: number, file = chatty) =>
    Array.from({ length: count }, () => budget.allows(file, line)).filter(Boolean).length;
  return { clock, events, bound, budget, write };
}

test('an hour’s bytes are logged, the rest is counted, and another plugin has an hour of its own', () => {
  const { write, budget, events } = setUp();
  expect([write(10), events]).toEqual([10, []]);
  expect(budget.unlogged(chatty)).toBe(null);
  expect([write(7), write(10, other)]).toEqual([0, 10]);
  expect(events).toEqual([{ event: 'run.stderr-limited', plugin: chatty, mostBytes: 1000, repeat: 1, elapsedMs: 0 }]);
  expect([budget.unlogged(chatty), budget.unlogged(other)]).toEqual([{ lines: 7, bytes: 700, mostBytes: 1000 }, null]);
});

test('after the hour its count is reported once, at a tick or with the next line, and lines are logged again', () => {
  const { write, budget, clock, events } = setUp();
  write(12);
  clock.advance(hourMs - 1);
  budget.look();
  expect(events.map(({ event }) => event)).toEqual(['run.stderr-limited']);
  clock.advance(1);
  budget.look();
  budget.look();
  const unlogged = { event: 'run.stderr-unlogged', plugin: chatty, lines: 2, bytes: 200, elapsedMs: hourMs };
  expect(events.slice(1)).toEqual([unlogged]);
  expect(budget.unlogged(chatty)).toBe(null);
  expect(write(11)).toBe(10);
  clock.advance(hourMs);
  expect(write(1)).toBe(1);
  expect(events.slice(2)).toEqual([
    { event: 'run.stderr-limited', plugin: chatty, mostBytes: 1000, repeat: 2, elapsedMs: hourMs },
    { ...unlogged, lines: 1, bytes: 100 },
  ]);
});

test('an hour within the bound ends the row, and leaves nothing behind', () => {
  const { write, budget, clock, events } = setUp();
  for (const lines of [12, 3, 12]) {
    write(lines);
    clock.advance(hourMs);
    budget.look();
  }
  expect(events.filter(({ event }) => event === 'run.stderr-limited')).toMatchObject([{ repeat: 1 }, { repeat: 1 }]);
});

test('raising the bound lets lines into the log at once', () => {
  const { write, budget, bound } = setUp();
  expect(write(20)).toBe(10);
  bound.mostBytes = 2500;
  expect([budget.unlogged(chatty), write(10)]).toEqual([null, 5]);
});
