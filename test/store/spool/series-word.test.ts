import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Series } from '../../../src/model/series.ts';
import { packSeries, unpackSeries } from '../../../src/store/spool/series-word.ts';
import { anySeries } from '../../helpers/any-series.ts';

test('any series comes back from its word, which is plain ASCII without spaces and line ends', () => {
  fc.assert(
    fc.property(anySeries, (series) => {
      const word = packSeries(series);
      expect(word).toMatch(/^[!-~]+$/);
      expect(unpackSeries(word)).toStrictEqual(series);
    }),
  );
});

test('halves of surrogate pairs come back as they were', () => {
  const labels = [['\ud800', 'a\udfff%00']] as const;
  const series: Series = { family: '\udc00', labels, kind: 'gauge', unit: '' };
  expect(unpackSeries(packSeries(series))).toStrictEqual(series);
});

test.each<[Series, string]>([
  [{ family: null, labels: [], kind: 'gauge', unit: 'B' }, 'g,B,'],
  [
    { family: 'node_disk_bytes', labels: [['device', '/dev/sda1']], kind: 'counter', unit: '' },
    'c,,node_disk_bytes,device,/dev/sda1',
  ],
  [
    { family: 'a b', labels: [['grüße', '100 %, 中']], kind: 'gauge', unit: '%' },
    'g,%25,a%20b,gr%fc%dfe,100%20%25%2c%20%u4e2d',
  ],
])('%j is written as %s', (series, word) => {
  expect(packSeries(series)).toBe(word);
  expect(unpackSeries(word)).toStrictEqual(series);
});

describe('what packSeries can not have written is no series:', () => {
  test.each([
    ['nothing', ''],
    ['another kind', 'x,,f'],
    ['no kind', ',,f'],
    ['no family', 'g,B'],
    ['a label without its value', 'g,,f,a'],
    ['a label with an empty value', 'g,,f,a,'],
    ['a label without a name', 'g,,f,,1'],
    ['labels that are not sorted', 'g,,f,b,1,a,2'],
    ['a label twice', 'g,,f,a,1,a,2'],
    ['a space', 'g,,f,a,1 2'],
    ['another character', 'g,,f,a,ü'],
    ['an escape that is cut', 'g,,f,a,%2'],
    ['a long escape that is cut', 'g,,f,a,%u20a'],
    ['a line end', 'g,,f\n'],
  ])('%s', (_what, word) => expect(unpackSeries(word)).toBeNull());
});

test('more families than are remembered come back, and one that has another kind or unit', () => {
  const families = Array.from({ length: 500 }, (_, index) => `family_${index}`);
  const kinds = ['gauge', 'counter', 'info'] as const;
  const all = families.flatMap((family) =>
    kinds.map((kind): Series => ({ family, labels: [['a', family]], kind, unit: kind === 'counter' ? 'B' : '' })),
  );
  expect(all.map(packSeries).map(unpackSeries)).toStrictEqual(all);
});
