import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readRunEnvironment } from '../../../src/io/process/run-environment.ts';

const sh = (command: string) => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).trim();

test('user, groups, umask and limits are those that a child of this process has', () => {
  const { user, umask, limits, cwd } = readRunEnvironment({}, '/somewhere');
  expect([user.uid, user.gid]).toEqual([Number(sh('id -u')), Number(sh('id -g'))]);
  expect(
    sh('id -G')
      .split(' ')
      .map(Number)
      .filter((group) => group !== user.gid && !user.groups.includes(group)),
  ).toEqual([]);
  expect(Number.parseInt(umask, 8)).toBe(Number.parseInt(sh('umask'), 8));
  expect(umask).toMatch(/^\d{4}$/);
  expect(cwd).toBe('/somewhere');
  expect(limits['Max open files']).toBe(`${sh('ulimit -Sn')} / ${sh('ulimit -Hn')}`);
});

test('a variable that may be secret is listed without its value; a variable that is not set is left out', () => {
  const env = { PATH: '/bin', API_KEY: 'x', GitHub_Token: 'x', MYSQL_PASSWORD: 'x', EMPTY: '', ABSENT: undefined };
  expect(readRunEnvironment(env, '/').env).toEqual({
    PATH: '/bin',
    API_KEY: null,
    GitHub_Token: null,
    MYSQL_PASSWORD: null,
    EMPTY: '',
  });
});
