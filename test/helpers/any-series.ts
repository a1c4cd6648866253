import fc from 'fast-check';
import type { Label, Series } from '../../src/model/series.ts';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });

const labels: fc.Arbitrary<readonly Label[]> = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 5 })
  .map((drawn) => drawn.toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Any series: texts of any characters, labels sorted by name. */
export const anySeries: fc.Arbitrary<Series> = fc.record(
  {
    family: fc.option(text),
    labels,
    kind: fc.constantFrom('gauge', 'counter', 'info'),
    unit: fc.oneof(fc.constant(''), text),
  },
  { noNullPrototype: true },
);
