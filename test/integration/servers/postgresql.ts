import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asNobody, dirOfNobody, runAsNobody, succeeds } from './nobody.ts';
import { findProgram, freePorts, startServer, type WhenFinished } from './server.ts';
import type { Watched } from './watched.ts';

const folders = serverFolders('/usr/lib/postgresql');

/** PostgreSQL's server, or null: it is not on this machine. */
export const postgresProgram = findProgram('postgres', folders);

/** Where Debian keeps the programs of each version, the newest first: they are not on the path. */
function serverFolders(parent: string): readonly string[] {
  if (!existsSync(parent)) return [];
  const versions = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(parent, version, 'bin'));
}

/**
 * A PostgreSQL of its own directory, with 20 connections at most, a database `my shop`, and a
 * login `monitor` that may look at all.
 */
export async function startPostgresql(whenFinished: WhenFinished): Promise<Watched> {
  const dir = dirOfNobody(whenFinished);
  const [port = 0] = await freePorts(1);
  const data = join(dir, 'data');
  const init = [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
    '--locale=C',
    '--encoding=UTF8',
  ];
  await runAsNobody(dir, findProgram('initdb', folders) ?? '', [...init, '--no-sync', '--wal-segsize=1']);
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: dir,
    max_connections: 20,
    shared_buffers: '2MB',
    fsync: 'off',
    autovacuum: 'off', // its workers would be connections, now and then
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const command = (...words: string[]) =>
    succeeds('psql', ['-XqU', 'postgres', ...words.flatMap((word) => ['-c', word])], {
      PGHOST: dir,
      PGPORT: String(port),
    });
  const isReady = () => command('SELECT 1');
  const server = await startServer(...asNobody(postgresProgram ?? '', args), { cwd: dir, isReady, whenFinished });
  await command(
    "CREATE ROLE monitor LOGIN PASSWORD 'open sesame'",
    'GRANT pg_monitor TO monitor',
    'CREATE DATABASE "my shop"',
  );
  const passwordFile = join(dir, 'pgpass');
  writeFileSync(passwordFile, '*:*:*:monitor:open sesame\n', { mode: 0o600 });
  return {
    ...server,
    env: { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'monitor', PGPASSFILE: passwordFile },
    otherEnv: { PGHOST: dir, PGPORT: String(port), PGUSER: 'postgres' },
    use: async () => {
      await command(
        'CREATE TABLE IF NOT EXISTS t (n int)',
        'INSERT INTO t VALUES (1), (2), (3)',
        'SELECT pg_stat_force_next_flush()',
      );
    },
  };
}
