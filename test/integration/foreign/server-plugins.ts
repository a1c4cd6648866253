import { mariadbdProgram, startMariadb } from '../servers/mariadb.ts';
import { nginxProgram, startNginx } from '../servers/nginx.ts';
import { postgresProgram, startPostgresql } from '../servers/postgresql.ts';
import { redisProgram, startRedis } from '../servers/redis.ts';
import type { WhenFinished } from '../servers/server.ts';
import { check, type ForeignPlugin, muninPlugin } from './plugin-list.ts';

/** The programs of the servers; null: it is not on this machine. */
export const serverPrograms: Readonly<Record<string, string | null>> = {
  mariadbd: mariadbdProgram,
  'redis-server': redisProgram,
  nginx: nginxProgram,
  postgres: postgresProgram,
};

/** Starts the servers, and gives the plugins that watch them, with the logins that these need. */
export async function startWatchedServers(whenFinished: WhenFinished): Promise<readonly ForeignPlugin[]> {
  const [mariadb, redis, nginx, postgresql] = await Promise.all(
    [startMariadb, startRedis, startNginx, startPostgresql].map((start) => start(whenFinished)),
  );
  return [
    ...ofMariadb(mariadb?.env['MYSQL_DEFAULTS_FILE'] ?? '', mariadb?.otherEnv?.['MYSQL_PORT'] ?? ''),
    ...ofNginx(nginx?.env['NGINX_STATUS_URL'] ?? ''),
    ...ofPostgresql(postgresql?.env ?? {}, postgresql?.otherEnv ?? {}),
    check(
      'redis',
      `check_redis -H 127.0.0.1 -p ${redis?.env['REDIS_PORT']} -x 'open sesame' -f -A total_keys,used_memory`,
    ),
    check('redis_port', `check_tcp -H 127.0.0.1 -p ${redis?.env['REDIS_PORT']}`),
  ];
}

function ofMariadb(optionFile: string, port: string): readonly ForeignPlugin[] {
  const env = { mysqlopts: `--defaults-file=${optionFile}` };
  const connection = {
    mysqlconnection: `DBI:mysql:information_schema;host=127.0.0.1;port=${port}`,
    mysqluser: 'munin',
    mysqlpassword: 'open sesame',
  };
  return [
    ...['mysql_bytes', 'mysql_queries', 'mysql_slowqueries', 'mysql_threads'].map((link) => muninPlugin(link, { env })),
    ...['mysql_commands', 'mysql_connections', 'mysql_innodb_bpool'].map((link) =>
      muninPlugin(`${link}=mysql_`, { env: connection }),
    ),
    check('mysql', `check_mysql -f ${optionFile} -H 127.0.0.1 -P ${port}`),
    check('mysql_query', `check_mysql_query -f ${optionFile} -H 127.0.0.1 -P ${port} -q 'SELECT 42'`),
    check('mysql_threads', `pmp-check-mysql-status --defaults-file ${optionFile} -x Threads_connected -w 90 -c 95`),
  ];
}

function ofNginx(url: string): readonly ForeignPlugin[] {
  const { port } = new URL(url);
  return [
    ...['nginx_request', 'nginx_status'].map((link) => muninPlugin(link, { env: { url } })),
    check('http', `check_http -H 127.0.0.1 -p ${port} -u /`),
    check('tcp', `check_tcp -H 127.0.0.1 -p ${port}`),
  ];
}

function ofPostgresql(
  monitor: Readonly<Record<string, string>>,
  owner: Readonly<Record<string, string>>,
): readonly ForeignPlugin[] {
  const links = ['bgwriter', 'cache_ALL=postgres_cache_', 'checkpoints', 'connections_db', 'users', 'xlog'];
  const many = ['connections_ALL=postgres_connections_', 'size_ALL=postgres_size_', 'locks_ALL=postgres_locks_'];
  return [
    ...[...links, ...many].map((words) => muninPlugin(`postgres_${words}`, { env: owner })),
    check('pgsql', `check_pgsql -H 127.0.0.1 -P ${monitor['PGPORT']} -d postgres -l monitor -p 'open sesame'`),
  ];
}
