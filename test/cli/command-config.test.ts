import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locateAgent, readCommandConfig } from '../../src/cli/command-config.ts';
import type { Flags } from '../../src/config/resolve.ts';
import { type Edges, systemEdges } from '../../src/io/edges.ts';
import type { Account } from '../../src/io/process/privileges.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const metrics: Account = { name: 'metrics', uid: 998, gid: 997, home: '/home/metrics' };

/**
 * The machine as a user with this id sees it; `dropped` are the accounts that the process became.
 */
function machineOf(uid: number | null, env: Edges['env'] = {}) {
  const dropped: string[] = [];
  const system = systemEdges();
  const edges: Edges = {
    ...system,
    env,
    machine: { ...system.machine, uid, home: '/root', cwd: '/' },
    privileges: {
      lookUp: (user) => (user === 'metrics' || user === '998' ? metrics : null),
      makeFolder: () => null,
      drop: ({ name }) => {
        dropped.push(name);
        return name === 'metrics' ? null : 'no';
      },
    },
  };
  return { edges, dropped };
}

function flagsWith(flags: Partial<Omit<Flags, 'given'>> & { readonly given?: Record<string, string> }): Flags {
  return {
    configFile: '/no/such.ini',
    tempDir: null,
    pidFile: null,
    user: null,
    ...flags,
    given: new Map(Object.entries(flags.given ?? {})),
  };
}

function fileWith(text: string): string {
  const file = join(tempDir(), 'x.ini');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describe('-u', () => {
  test("gives the agent and its plugins that user's HOME, USER and LOGNAME, and leaves the default state directory root's", () => {
    const { edges, dropped } = machineOf(0, { HOME: '/root', USER: 'root', LOGNAME: 'root', LANG: 'C' });
    const read = readCommandConfig(flagsWith({ user: 'metrics' }), edges);
    if (!read.ok) throw new Error(read.error.join());
    expect(read.value).toMatchObject({
      account: metrics,
      config: {
        stateDir: '/var/lib/instrument_server',
        pidFile: '/var/lib/instrument_server/instrument_server.pid',
        scripts: { location: '/home/metrics/.instrumental_scripts' },
      },
      edges: { env: { HOME: '/home/metrics', USER: 'metrics', LOGNAME: 'metrics', LANG: 'C' } },
    });
    expect(dropped).toEqual([]); // only after all files are read
  });

  test.each([
    [1000, 'metrics', '-u: only root can become another user; type the same command with sudo, or leave -u out'],
    [0, 'nobody-of-us', '-u: there is no user "nobody-of-us"; name one of those that `getent passwd` lists'],
    [null, 'metrics', '-u: is not available on this system; leave it out'],
  ])('of uid %j, naming %s, is a usage error', (uid, user, message) => {
    expect(readCommandConfig(flagsWith({ user }), machineOf(uid).edges)).toEqual({ ok: false, error: [message] });
    expect(locateAgent(flagsWith({ user }), machineOf(uid).edges)).toEqual({ ok: false, error: [message] });
  });

  test('that names the present user changes nothing', () => {
    const read = readCommandConfig(flagsWith({ user: 'metrics' }), machineOf(998, { HOME: '/elsewhere' }).edges);
    expect(read).toMatchObject({
      value: { account: null, config: { scripts: { location: '/elsewhere/.instrumental_scripts' } } },
    });
  });
});

describe('the location of an agent', () => {
  test('is found with the configuration of that user, which the process then becomes', () => {
    const { edges, dropped } = machineOf(0);
    const found = locateAgent(flagsWith({ user: '998' }), edges);
    expect(found).toMatchObject({
      value: {
        pidFile: '/var/lib/instrument_server/instrument_server.pid',
        logFile: '/var/lib/instrument_server/instrument_server.log',
        stopGraceMs: 5000,
      },
    });
    expect(dropped).toEqual(['metrics']);
  });

  test('is known although the rest of the configuration is broken, in flags, environment and files', () => {
    const file = fileWith(
      '[agent]\nstate_dir = /s\nstop_grace = 1s\nreport_interval = x\n[log]\nlevel = loud\nlocation = /l.log\n[colector]\na = b\n',
    );
    const flags = flagsWith({
      configFile: file,
      pidFile: '/p.pid',
      given: { '--report-interval': 'x', '--api_key': 'a b' },
    });
    const { edges } = machineOf(0, { INSTRUMENTAL_TOKEN: 'a b' });
    expect(readCommandConfig(flags, edges).ok).toBe(false);
    expect(locateAgent(flags, edges)).toMatchObject({
      value: { stateDir: '/s', pidFile: '/p.pid', logFile: '/l.log', stopGraceMs: 1000 },
    });
  });

  test.each(['stop_grace = soon', 'stop_grace =', '[log]\nlocation ='])(
    'is known although `%s` is broken: the default is used instead',
    (line) => {
      const file = fileWith(`[agent]\nstate_dir = /s\n${line}\n`);
      expect(locateAgent(flagsWith({ configFile: file }), machineOf(0).edges)).toMatchObject({
        value: { stateDir: '/s', logFile: '/s/instrument_server.log', stopGraceMs: 5000 },
      });
    },
  );

  test('is a problem if the state directory itself is broken', () => {
    const file = fileWith('[agent]\nstate_dir =\nreport_interval = x\n');
    expect(locateAgent(flagsWith({ configFile: file }), machineOf(0).edges)).toEqual({
      ok: false,
      error: [`${file}:2: state_dir: the value is empty; expected a value; leave it out to use the default`],
    });
  });

  test('is read from a folder of drop-ins as well', () => {
    const file = fileWith('[agent]\nstate_dir = /a\nx = y\n');
    mkdirSync(file.replace(/ini$/, 'd'));
    writeFileSync(join(file.replace(/ini$/, 'd'), 'a.ini'), '[agent]\nstate_dir = /b\n');
    expect(locateAgent(flagsWith({ configFile: file }), machineOf(0).edges)).toMatchObject({
      value: { stateDir: '/b' },
    });
  });
});
