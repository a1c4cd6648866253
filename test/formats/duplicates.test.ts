import { expect, test } from 'vitest';
import { createDuplicates } from '../../src/formats/duplicates.ts';
import { metricName, unixSeconds } from '../../src/model/sample.ts';

function adviceOn(...lines: readonly (readonly [name: string, atS: number])[]) {
  const duplicates = createDuplicates();
  for (const [index, [name, atS]] of lines.entries())
    duplicates.add(index + 1, { metric: metricName(name), value: 1, atS: unixSeconds(atS) });
  return duplicates.advice();
}

test('the same name at another time, and another name at the same time, are no duplicates', () => {
  expect(adviceOn(['h.a', 5], ['h.a', 6], ['h.b', 5])).toBe(null);
});

test('the first line that repeats another is named, and the others are counted', () => {
  const cure = 'all are sent, but most servers keep only one of them: give each a name of its own';
  expect(adviceOn(['h.a', 5], ['h.b', 5], ['h.a', 5])).toEqual({
    kind: 'duplicate',
    sentence: `line 3 has the name and the time of line 1 (h.a); ${cure}`,
    commands: [],
  });
  expect(adviceOn(['h.a', 5], ['h.a', 5], ['h.a', 5])?.sentence).toBe(
    `line 2 has the name and the time of line 1 (h.a), and 1 more line repeats others; ${cure}`,
  );
  expect(adviceOn(['h.a', 5], ['h.a', 5], ['h.a', 5], ['h.a', 5])?.sentence).toContain(
    ', and 2 more lines repeat others;',
  );
});

test('10,000 samples are remembered; a line that repeats a later one is not found', () => {
  const many = Array.from({ length: 10_001 }, (_, index) => [`h.m${index}`, 5] as const);
  expect(adviceOn(...many, ['h.m10000', 5])).toBe(null);
  expect(adviceOn(...many, ['h.m9999', 5])?.sentence).toContain('line 10002 has the name and the time of line 10000');
});
