import { expect, test } from 'vitest';
import { authorizationOf } from '../../src/sinks/login.ts';

test('a login is a header, and what is secret in it is known', () => {
  expect(authorizationOf({ kind: 'none' }, 'Token')).toBeNull();
  const token = { kind: 'token', token: 'tk', origin: 'x' } as const;
  expect(authorizationOf(token, 'Token')).toEqual({ header: 'Token tk', secrets: ['tk'] });
  expect(authorizationOf(token, 'Bearer')).toEqual({ header: 'Bearer tk', secrets: ['tk'] });
  expect(authorizationOf({ kind: 'password', username: 'üser', password: 'p:w', origin: 'x' }, 'Bearer')).toEqual({
    header: 'Basic w7xzZXI6cDp3',
    secrets: ['p:w', 'w7xzZXI6cDp3'],
  });
});
