import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { createInFlight } from '../../src/scheduler/in-flight.ts';

const [a, b] = [pluginFile('a'), pluginFile('b')];

test('a plugin that is claimed waits, without a process and without a skip', () => {
  const entry = createInFlight().claim(a, 7);
  expect(entry).toMatchObject({ file: a, sinceMs: 7, state: 'waiting', skips: 0 });
  expect(entry?.pid()).toBeNull();
});

test('a plugin that is in flight can not be claimed again before it is released; others can', () => {
  const inFlight = createInFlight();
  const first = inFlight.claim(a, 1);
  expect(inFlight.claim(a, 2)).toBeNull();
  expect(inFlight.get(a)).toBe(first);
  expect(inFlight.claim(b, 3)).not.toBeNull();
  inFlight.release(a);
  expect(inFlight.get(a)).toBeUndefined();
  expect(inFlight.claim(a, 4)).toMatchObject({ sinceMs: 4, skips: 0 });
  expect(inFlight.all().map(({ file }) => file)).toEqual([b, a]);
});

test('what has the entry of a run that was released learns of no process any more', () => {
  const inFlight = createInFlight();
  const entry = inFlight.claim(a, 1);
  if (entry) entry.pid = () => 47;
  inFlight.release(a);
  expect(entry?.pid()).toBeNull();
});

test('to release what is not claimed changes nothing', () => {
  const inFlight = createInFlight();
  inFlight.claim(b, 0);
  inFlight.release(a);
  expect(inFlight.all()).toHaveLength(1);
});

test('no claim is held twice, whatever the order of claims and releases', () => {
  const action = fc.record({
    kind: fc.constantFrom('claim', 'release'),
    file: fc.constantFrom(...['a', 'b', 'c', 'd'].map(pluginFile)),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const inFlight = createInFlight();
      const held = new Set<string>();
      actions.forEach(({ kind, file }, nowMs) => {
        if (kind === 'claim') {
          expect(inFlight.claim(file, nowMs) === null).toBe(held.has(file));
          held.add(file);
        } else {
          inFlight.release(file);
          held.delete(file);
        }
        expect(new Set(inFlight.all().map((entry) => entry.file))).toEqual(held);
        expect(inFlight.all()).toHaveLength(held.size);
      });
    }),
  );
});
