import { expect, test } from 'vitest';
import { err, ok, unreachable } from '../../src/model/result.ts';

test('a result is either a value or an error', () => {
  expect(ok(3)).toEqual({ ok: true, value: 3 });
  expect(err('no')).toEqual({ ok: false, error: 'no' });
});

test('a case that the compiler could not see is refused with what came', () => {
  expect(() => Reflect.apply(unreachable, undefined, [{ kind: 'new' }])).toThrow(
    'a case was forgotten: {"kind":"new"}',
  );
});
