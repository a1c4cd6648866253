import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NameMemory } from '../../src/agent/name-memory.ts';

const hourMs = 3_600_000;

test('names are admitted up to the bound and known ones beyond it, as a set would have it', () => {
  const names = fc.array(
    fc.integer({ min: 0, max: 300 }).map((number) => `h.p.m${number}`),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 200 }), (printed, most) => {
      const [memory, set] = [new NameMemory(0), new Set<string>()];
      for (const name of printed) {
        const isAdmitted = set.has(name) || set.size < most;
        if (isAdmitted) set.add(name);
        expect(memory.admit(name, most)).toBe(isAdmitted);
      }
      expect(memory.size()).toBe(set.size);
    }),
  );
});

test('of 20,000 names that differ in a number, none is taken for another', () => {
  const memory = new NameMemory(0);
  for (let index = 0; index < 20_000; index += 1) memory.admit(`web1.pids.pid_${index}.rss_kb`, 1e6);
  expect(memory.size()).toBe(20_000);
});

test('a name that is seen again stays known, and one that is not makes room after 24 hours at the latest', () => {
  const memory = new NameMemory(0);
  for (const name of ['stays', 'goes']) expect(memory.admit(name, 2)).toBe(true);
  for (const atMs of [11.9, 12, 23.9].map((hours) => hours * hourMs)) {
    memory.age(atMs);
    expect([memory.admit('stays', 2), memory.admit('new', 2)]).toEqual([true, false]);
  }
  memory.age(24 * hourMs);
  expect([memory.admit('stays', 2), memory.admit('new', 2), memory.admit('goes', 2)]).toEqual([true, true, false]);
});

test('after a pause of a day nothing is known', () => {
  const memory = new NameMemory(0);
  memory.admit('a', 1);
  memory.age(24 * hourMs);
  expect(memory.size()).toBe(0);
});
