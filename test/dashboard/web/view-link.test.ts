import { expect, test } from 'vitest';
import { hashOfView, isPlace, type LinkedView, linkedView } from '../../../src/dashboard/web/view-link.ts';
import { afterStep, windowOf } from '../../../src/dashboard/web/zoom.ts';

const nothing: LinkedView = { plugin: null, span: null, window: null, charts: [], seconds: new Map() };

test('a link says all of a view, and nothing of a view that is as at first', () => {
  const view: LinkedView = {
    plugin: 'a b&c=d#e.sh',
    span: '1d',
    window: { fromS: 1_800_000_000, toS: 1_800_000_060 },
    charts: ['h.a.x', 'h.b.y'],
    seconds: new Map([['h.a.x', 'h.b.y']]),
  };
  expect(linkedView(hashOfView(view))).toEqual(view);
  expect(hashOfView(nothing)).toBe('');
  expect(linkedView('')).toEqual(nothing);
});

test('what a link says wrongly is left out', () => {
  for (const hash of [
    '#plugins-title',
    '#plugin=',
    '#plugin=%E0%A4%A',
    '#from=60',
    '#from=90&to=60',
    '#from=x&to=60',
    '#chart=',
    '#second=a',
    '#second=a/b/c',
  ])
    expect(linkedView(hash)).toEqual(nothing);
});

test('the name of a place is not a view', () => {
  expect(['#plugins-title', '', '#', '#span=1d', '#plugin=x'].map(isPlace)).toEqual([true, false, false, false, false]);
});

test('a part of time is 10 seconds to 31 days long, in whole seconds', () => {
  expect(windowOf(10.7, 90.2)).toEqual({ fromS: 10, toS: 91 });
  expect(windowOf(100, 101)).toEqual({ fromS: 96, toS: 106 });
  const month = windowOf(0, 90 * 86_400);
  expect(month.toS - month.fromS).toBe(31 * 86_400);
});

test('steps zoom and move, and never end later than now', () => {
  const [now, hour] = [10_000, { fromS: 5000, toS: 8600 }];
  expect(afterStep(hour, 'in', now)).toEqual({ fromS: 5900, toS: 7700 });
  expect(afterStep({ fromS: 6400, toS: 10_000 }, 'in', now)).toEqual({ fromS: 8200, toS: 10_000 });
  expect(afterStep({ fromS: 6390, toS: 9990 }, 'in', now)).toEqual({ fromS: 8190, toS: 9990 });
  expect(afterStep(hour, 'out', now)).toEqual({ fromS: 2800, toS: 10_000 });
  expect(afterStep(hour, 'earlier', now)).toEqual({ fromS: 3200, toS: 6800 });
  expect(afterStep(hour, 'later', now)).toEqual({ fromS: 6400, toS: 10_000 });
});
