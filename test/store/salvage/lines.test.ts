import { expect, test } from 'vitest';
import { soundLines } from '../../../src/store/salvage/lines.ts';

const first = 'h.p.a 1 1700000000\n';
const withSeries = 'h.p.b 2.5 1700000000 c,B,disk%20bytes,device,/dev/sda1\n';
const last = 'h.p.c -3e-7 1700000000 g,,f\n';

test('a whole text stays as it is, with and without series', () => {
  const text = first + withSeries + last;
  expect(soundLines(text, 3, [])).toEqual({ samples: 3, lines: text });
});

test('lines with series are recognised where others are damaged', () => {
  const text = `${first}${withSeries}h.p.x 1 17#0\n${last}`;
  expect(soundLines(text, 4, [])).toEqual({ samples: 3, lines: first + withSeries + last });
});

test.each(['c,B,disk%20bytes,device', 'c,B,d\0\0\0\0 3 1700000000', '', 'c,,F%2C,a,b', 'g,,f,b,1\r,a,2'])(
  'a line whose series became %j stays without it',
  (series) => {
    const text = `${first}h.p.b 2.5 1700000000 ${series}\n${last}`;
    expect(soundLines(text, 4, [])).toEqual({ samples: 3, lines: `${first}h.p.b 2.5 1700000000\n${last}` });
  },
);

test('a line that reaches into damage is left out beside one whose series is damaged', () => {
  const broken = 'h.p.b 2.5 1700000000 c,B,disk#\n';
  const text = first + broken + last;
  const damaged = [{ from: text.indexOf('#'), to: text.indexOf('h.p.c') + 2 }];
  expect(soundLines(text, 3, damaged)).toEqual({ samples: 2, lines: `${first}h.p.b 2.5 1700000000\n` });
});

test('the largest block of lines with series is looked at as a whole', () => {
  const text = withSeries.repeat(5000);
  expect(soundLines(text, 5000, [])).toEqual({ samples: 5000, lines: text });
  expect(soundLines(text, 4999, [])).toEqual({ samples: 5000, lines: text }); // line by line
});
