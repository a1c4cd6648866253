import { expect, test } from 'vitest';
import { configOf, problemsOf } from './set-up.ts';

const written = (unit: string) => ({ files: { '/x.ini': `[plugin:x]\nunit = ${unit}` } });

test('the unit of a plugin is what is written, without white space around it', () => {
  for (const unit of ['ms', '°C', '%', 'requests/s'])
    expect(configOf(written(`  ${unit} `)).plugins.get('x')?.unit).toBe(unit);
});

test('a unit that is too long, or that is not seen, is refused with what is expected', () => {
  expect(problemsOf(written('0123456789abcdefg'))).toEqual([
    '/x.ini:2: unit: "0123456789abcdefg" is not a unit; expected 1 to 16 visible characters, such as ms or °C',
  ]);
  expect(problemsOf(written('"m\u202es"'))).toHaveLength(1);
});
