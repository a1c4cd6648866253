import { expect, test } from 'vitest';
import { differencesBetween, renderDifferences } from '../../src/cli/explain.ts';
import type { RunEnvironment } from '../../src/model/trial.ts';

const shell: RunEnvironment = {
  user: { uid: 1000, gid: 1000, groups: [1000, 27] },
  umask: '0022',
  cwd: '/home/ann',
  limits: { 'Max open files': '1024 / 4096', 'Max processes': '100 / 100' },
  env: {
    EDITOR: 'vi',
    PATH: '/home/ann/bin:/bin',
    LANG: 'de_DE.UTF-8',
    API_KEY: null,
    SSH_AUTH_SOCK: null,
    SHLVL: '1',
    _: '/bin/x',
    PWD: '/home/ann',
  },
};
const agent: RunEnvironment = {
  user: { uid: 998, gid: 998, groups: [998] },
  umask: '0077',
  cwd: '/scripts',
  limits: { 'Max open files': '4096 / 4096', 'Max processes': '100 / 100' },
  env: { PATH: '/bin', LC_ALL: 'C.UTF-8', API_KEY: null, OLDPWD: '/' },
};

test('differences come in the order of user, umask, folder, limits, environment; of that, PATH, locale and home first', () => {
  expect(differencesBetween(shell, agent)).toEqual([
    { what: 'user', here: '1000', there: '998' },
    { what: 'group', here: '1000', there: '998' },
    { what: 'groups', here: '27 1000', there: '998' },
    { what: 'umask', here: '0022', there: '0077' },
    { what: 'folder', here: '/home/ann', there: '/scripts' },
    { what: 'limit Max open files', here: '1024 / 4096', there: '4096 / 4096' },
    { what: 'variable LANG', here: 'de_DE.UTF-8', there: null },
    { what: 'variable LC_ALL', here: null, there: 'C.UTF-8' },
    { what: 'variable PATH', here: '/home/ann/bin:/bin', there: '/bin' },
    { what: 'variable EDITOR', here: 'vi', there: null },
    { what: 'variable SSH_AUTH_SOCK', here: '(set, not shown)', there: null },
  ]);
});

test('groups in another order are the same groups, and where nothing differs that is said', () => {
  expect(differencesBetween(shell, { ...shell, user: { ...shell.user, groups: [27, 1000] } })).toEqual([]);
  expect(renderDifferences([], [])).toBe('nothing differs for this script between this shell and the agent\n');
});

test('a secret that is set on both sides is named as not compared, and no value acts on the terminal', () => {
  expect(
    renderDifferences([{ what: 'variable A', here: '\x1b[2J', there: null }], ['API_KEY']),
  ).toBe(`what differs for this script:
  variable A
    in this shell  \\x1b[2J
    in the agent   not there
  set on both sides, and not compared because they may be secret: API_KEY
`);
});
