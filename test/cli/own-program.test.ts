import { describe, expect, test } from 'vitest';
import { readCommandConfig, stateDirWithoutFlags } from '../../src/cli/command-config.ts';
import { ownProgramOf } from '../../src/cli/own-program.ts';
import type { Flags } from '../../src/config/resolve.ts';
import type { ReadFile } from '../../src/io/disk/config-files.ts';
import { type Edges, systemEdges } from '../../src/io/edges.ts';

const plain = { mode: 0o600, fingerprint: 'x' };

/** A machine with these configuration files, and a user who is not root. */
function machine(files: Readonly<Record<string, Partial<ReadFile>>> = {}, env: Edges['env'] = {}, uid = 1000): Edges {
  const system = systemEdges();
  return {
    ...system,
    env,
    program: ['agent'],
    machine: { ...system.machine, uid, home: '/home/me', cwd: '/work dir' },
    configFiles: {
      read(path) {
        const file = files[path];
        if (file !== undefined) return { ok: true, value: { text: '', ...plain, ...file } };
        return { ok: false, error: { code: 'ENOENT', detail: 'no such file', denied: null } };
      },
      list: () => ({ ok: false, error: { code: 'ENOENT', detail: 'no such folder', denied: null } }),
    },
    privileges: {
      ...system.privileges,
      lookUp: () => ({ name: 'metrics', uid: 998, gid: 997, home: '/home/metrics' }),
    },
  };
}

function typed(edges: Edges, given: Readonly<Record<string, string>> = {}, flags: Partial<Flags> = {}, own = edges) {
  const all = { configFile: null, tempDir: null, pidFile: null, user: null, ...flags };
  const withGiven = { ...all, given: new Map(Object.entries(given)) };
  const read = readCommandConfig(withGiven, edges);
  if (!read.ok) throw new Error(read.error.join());
  return ownProgramOf(withGiven, read.value, own);
}

const ini = '/etc/instrument_server.ini';

describe('the state directory is named', () => {
  test('unless the same user finds it without flags, in a new shell', () => {
    expect(typed(machine()).stateDir).toEqual([]);
    expect(typed(machine({}, {}, 0)).stateDir).toEqual([]);
    expect(typed(machine({ [ini]: { text: '[agent]\nstate_dir = /s\n' } })).stateDir).toEqual([]);
    const same = '/home/me/.local/state/instrument_server';
    expect(typed(machine(), { '--state-dir': same }).stateDir).toEqual([]);
  });

  test('where a flag, the environment or another file has set it', () => {
    expect(typed(machine(), { '--state-dir': 's' }).stateDir).toEqual(['--state-dir', '/work dir/s']);
    for (const env of [{ STATE_DIRECTORY: '/s' }, { XDG_STATE_HOME: '/x' }, { HOME: '/elsewhere' }])
      expect(typed(machine({}, env)).stateDir).toHaveLength(2);
    const other = machine({ '/x.ini': { text: '[agent]\nstate_dir = /s\n' } });
    expect(typed(other, {}, { configFile: '/x.ini' }).stateDir).toEqual(['--state-dir', '/s']);
  });

  test('where the default file would lead elsewhere, or nowhere', () => {
    const elsewhere = machine({ [ini]: { text: '[agent]\nstate_dir = /s\n' }, '/x.ini': {} });
    expect(typed(elsewhere, {}, { configFile: '/x.ini' }).stateDir).toHaveLength(2);
    expect(stateDirWithoutFlags(machine({ [ini]: { text: '[agent]\nstate_dir = ~you/s\n' } }))).toBeNull();
  });

  test('and with -u root’s own is, for the other user has another default', () => {
    const { stateDir, configuration } = typed(machine({}, {}, 0), {}, { user: 'metrics' }, machine({}, {}, 998));
    expect(stateDir).toEqual(['--state-dir', '/var/lib/instrument_server']);
    expect(configuration).toEqual(['-u', 'metrics']);
  });
});

describe('the configuration is named', () => {
  test('by its file and by the flags, with absolute paths', () => {
    const own = typed(
      machine({ '/work dir/x.ini': {} }),
      {
        '--enable-scripts': 'true',
        '--script-location': 'scripts',
        '--collector': 'c:1',
        '--hostname': '-h',
        '--log': '~/l',
      },
      { configFile: 'x.ini' },
    );
    expect(own).toMatchObject({ program: ['agent'], isWhole: true });
    expect(own.configuration).toEqual([
      ...['-f', '/work dir/x.ini', '-H', '-h', '-c', 'c:1', '-e', '-s', '/work dir/scripts', '-l', '/home/me/l'],
    ]);
  });

  test('but never by a key, and then it is not whole', () => {
    expect(typed(machine(), { '--api_key': 'k' })).toMatchObject({ configuration: [], isWhole: false });
    expect(typed(machine({}, { INSTRUMENTAL_TOKEN: 'k' }))).toMatchObject({ configuration: [], isWhole: false });
  });

  test('nor by a pipe that was read', () => {
    const own = typed(machine({ '/dev/fd/63': { fingerprint: null } }), {}, { configFile: '/dev/fd/63' });
    expect(own).toMatchObject({ configuration: [], isWhole: false });
  });
});
