import { expect, test } from 'vitest';
import {
  commandFile,
  directoryFile,
  type Plugin,
  pluginFile,
  pluginName,
  sectionName,
} from '../../src/model/plugin.ts';
import type { LastRun } from '../../src/model/run.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { configInvocation, invocationOf, sharedEnvironment, workingDirectory } from '../../src/runner/invocation.ts';
import { testConfig } from '../helpers/test-daemon.ts';

const plugin: Plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };

const settings = { format: 'native', args: [], env: {} } as const;

test('the first run gets one argument, 0, and no stdin', () => {
  expect(invocationOf(plugin, null, null, settings)).toEqual({
    path: '/scripts/a.sh',
    file: 'a.sh',
    args: ['0'],
    stdinPath: null,
    env: {},
  });
});

test('a later run gets the second at which the last one ended, its status, and its output', () => {
  const last: LastRun = { endedAtS: unixSeconds(1_700_000_000), status: 137, output: { name: 'x-1', sizeBytes: 3 } };
  expect(invocationOf(plugin, last, '/state/outputs/x-1', { ...settings, env: { OWN: '1' } })).toEqual({
    path: '/scripts/a.sh',
    file: 'a.sh',
    args: ['1700000000', '137'],
    stdinPath: '/state/outputs/x-1',
    env: { OWN: '1' },
  });
});

test('a last run that ended in the second 0 with 0 is not the same as none', () => {
  const last: LastRun = { endedAtS: unixSeconds(0), status: 0, output: null };
  expect(invocationOf(plugin, last, null, settings).args).toEqual(['0', '0']);
});

test('the arguments of a command and of a section come before those of the agent', () => {
  const own = { ...settings, args: ['-w', '5'] };
  expect(invocationOf({ ...plugin, args: ['-x'] }, null, null, own).args).toEqual(['-x', '-w', '5', '0']);
  expect(invocationOf(plugin, null, null, own).args).toEqual(['-w', '5', '0']);
});

test('in another format there are no arguments and no stdin of the agent', () => {
  const last: LastRun = { endedAtS: unixSeconds(9), status: 0, output: { name: 'x-1', sizeBytes: 3 } };
  const munin = { ...settings, format: 'munin', args: ['a'] } as const;
  const invocation = invocationOf({ ...plugin, args: ['-x'] }, last, '/state/outputs/x-1', munin);
  const where = { path: '/scripts/a.sh', file: 'a.sh', cwd: '/' };
  expect(invocation).toEqual({
    ...where,
    args: ['-x', 'a'],
    stdinPath: null,
    env: { INSTRUMENT_SERVER_PLUGIN: 'a.sh' },
  });
  expect(configInvocation(invocation).args).toEqual(['-x', 'a', 'config']);
});

const shared = (
  own: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string>>,
  withheldEnv: readonly string[] = [],
) =>
  sharedEnvironment(own, { env, scripts: { ...testConfig({ scripts: '/s', state: '/state' }).scripts, withheldEnv } });

test('all plugins share the environment of the agent, and [env] on top of it', () => {
  expect(shared({ PATH: '/bin', A: 'agent', HOME: '/root' }, { A: 'env', B: '' })).toEqual({
    LC_ALL: 'C.UTF-8',
    PATH: '/bin',
    A: 'env',
    HOME: '/root',
    B: '',
  });
});

test('LC_ALL is C.UTF-8 only where neither the agent nor [env] sets it', () => {
  expect(shared({}, {})['LC_ALL']).toBe('C.UTF-8');
  expect(shared({ LC_ALL: 'de_DE.UTF-8' }, {})['LC_ALL']).toBe('de_DE.UTF-8');
  expect(shared({}, { LC_ALL: 'C' })['LC_ALL']).toBe('C');
  expect(shared({ LC_ALL: 'de_DE.UTF-8' }, { LC_ALL: 'C' })['LC_ALL']).toBe('C');
});

test('a variable that is not there takes no default away and does not appear', () => {
  expect(shared({ LC_ALL: undefined, GONE: undefined }, {})).toEqual({ LC_ALL: 'C.UTF-8' });
});

test('a variable of the agent that is withheld reaches no plugin, unless [env] sets it', () => {
  const own = { PATH: '/bin', TOKEN: 'secret', LC_ALL: 'de_DE.UTF-8' };
  const withheld = ['TOKEN', 'LC_ALL', 'NOT_THERE'];
  expect(shared(own, {}, withheld)).toEqual({ PATH: '/bin', LC_ALL: 'C.UTF-8' });
  expect(shared(own, { TOKEN: 'configured' }, withheld)).toEqual({
    PATH: '/bin',
    TOKEN: 'configured',
    LC_ALL: 'C.UTF-8',
  });
});

test('a plugin is run in its directory, a command in /, and a script where the launcher runs all', () => {
  const elsewhere = { ...plugin, file: directoryFile('munin', 'load') };
  const of = (path: string) => workingDirectory({ ...elsewhere, path, directory: 'munin' });
  expect([of('/etc/munin/plugins/load'), of('/load')]).toEqual(['/etc/munin/plugins', '/']);
  expect(workingDirectory({ ...plugin, args: [] })).toBe('/');
  expect(workingDirectory(plugin)).toBeNull();
  expect(invocationOf({ ...elsewhere, path: '/m/load', directory: 'munin' }, null, null, settings)).toMatchObject({
    file: 'munin/load',
    cwd: '/m',
  });
});

test('a plugin’s section is found by its name without the directory', () => {
  expect(sectionName({ ...plugin, file: directoryFile('munin', 'load'), directory: 'munin' })).toBe('load');
  expect(sectionName({ ...plugin, file: commandFile('my disk'), args: [] })).toBe('my disk');
  expect(sectionName(plugin)).toBe(plugin.file);
});
