import { expect, test } from 'vitest';
import { type AnnotatedLine, type AnnotatedOutput, hiddenBadLines } from '../../src/model/annotated.ts';

const bad = { reason: 'bad-name', hint: 'another name' } as const;

function output(verdicts: readonly AnnotatedLine['verdict'][], badLines: number): AnnotatedOutput {
  const lines = verdicts.map((verdict, index) => ({ line: index + 1, text: '', verdict }));
  return { lines, moreLines: 9, samples: 0, badLines, looksLike: null, duplicate: null };
}

test('bad lines that are not shown are those that no shown line has, however many one has', () => {
  const several = { kind: 'several', samples: [], badLines: [bad, bad], moreSamples: 0, moreBadLines: 3 } as const;
  expect(hiddenBadLines(output([{ kind: 'blank' }, { kind: 'bad-line', ...bad }, several], 8))).toBe(2);
  expect(hiddenBadLines(output([], 8))).toBe(8);
});
