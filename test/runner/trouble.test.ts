import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { countTroubles } from '../../src/runner/trouble.ts';

const [a, b] = [pluginFile('a'), pluginFile('b')];

test('trouble in a row is counted, with the time since it began', () => {
  const troubles = countTroubles();
  expect([10, 20, 35].map((nowMs) => troubles.again(a, nowMs))).toEqual([
    { repeat: 1, elapsedMs: 0 },
    { repeat: 2, elapsedMs: 10 },
    { repeat: 3, elapsedMs: 25 },
  ]);
});

test('the end of trouble is told once, with how often and how long it was', () => {
  const troubles = countTroubles();
  for (const nowMs of [10, 20, 30]) troubles.again(a, nowMs);
  expect(troubles.over(a, 50)).toEqual({ repeat: 3, elapsedMs: 40 });
  expect(troubles.over(a, 60)).toBeNull();
});

test('after its end, trouble begins anew', () => {
  const troubles = countTroubles();
  for (const nowMs of [10, 20, 30]) troubles.again(a, nowMs);
  troubles.over(a, 50);
  expect(troubles.again(a, 100)).toEqual({ repeat: 1, elapsedMs: 0 });
});

test('the trouble of one plugin is not that of another', () => {
  const troubles = countTroubles();
  troubles.again(a, 0);
  expect(troubles.again(b, 5)).toEqual({ repeat: 1, elapsedMs: 0 });
  expect(troubles.over(b, 6)).toEqual({ repeat: 1, elapsedMs: 1 });
  expect(troubles.again(a, 7)).toEqual({ repeat: 2, elapsedMs: 7 });
});

test('the trouble of a plugin that is gone is forgotten; the others keep theirs', () => {
  const troubles = countTroubles();
  for (const plugin of [a, b]) troubles.again(plugin, 0);
  troubles.present(new Set([b]));
  expect(troubles.over(a, 9)).toBeNull();
  expect(troubles.again(b, 9)).toEqual({ repeat: 2, elapsedMs: 9 });
});
