import { expect } from 'vitest';
import { mariadbdProgram, startMariadb } from './servers/mariadb.ts';
import { nginxProgram, startNginx } from './servers/nginx.ts';
import { postgresProgram, startPostgresql } from './servers/postgresql.ts';
import { redisProgram, startRedis } from './servers/redis.ts';
import type { WhenFinished } from './servers/server.ts';
import type { Watched } from './servers/watched.ts';

/** A sample plugin, and the real server that it is tried against. */
export type WatchedServer = {
  readonly plugin: string;
  /** The server's program, by its name; null: it is not on this machine. */
  readonly program: Readonly<Record<string, string | null>>;
  start(whenFinished: WhenFinished): Promise<Watched>;
  /** What each run must report: the value, or what it must be like. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Counters that `use` makes go up, and by how much at least. */
  readonly counters: Readonly<Record<string, number>>;
  /** The settings for a port where no process listens, and what the plugin says then. */
  readonly down: (port: number) => Readonly<Record<string, string>>;
  readonly complaint: RegExp;
};

const some = expect.any(Number);

/** All of them. */
export const watchedServers: readonly WatchedServer[] = [
  {
    plugin: 'mysql_status.sh',
    program: { mariadbd: mariadbdProgram },
    start: startMariadb,
    figures: {
      Threads_connected: 1,
      Uptime: some,
      Open_tables: some,
      Innodb_buffer_pool_pages_total: expect.toSatisfy(isPositive),
    },
    counters: { Queries: 3, Com_select: 3, Connections: 2, Bytes_sent: 100 },
    down: (port) => ({ MYSQL_HOST: '127.0.0.1', MYSQL_PORT: String(port) }),
    complaint: /^MySQL gives no status: ERROR 2\d\d\d \(HY000\): Can't connect to .*127\.0\.0\.1/,
  },
  {
    plugin: 'redis_status.sh',
    program: { 'redis-server': redisProgram },
    start: startRedis,
    figures: {
      connected_clients: 1,
      db0_keys: 3,
      db0_expires: 1,
      instantaneous_ops_per_sec: some,
      used_memory: expect.toSatisfy(isPositive),
    },
    counters: { total_commands_processed: 3, keyspace_hits: 3, keyspace_misses: 1, total_connections_received: 2 },
    down: (port) => ({ REDIS_PORT: String(port) }),
    complaint: /^Redis gives no INFO: Could not connect to Redis at 127\.0\.0\.1:\d+: Connection refused/,
  },
  {
    plugin: 'postgresql_status.sh',
    program: { postgres: postgresProgram },
    start: startPostgresql,
    figures: {
      'connections.max': 20,
      'connections.total': 0,
      'replication.is_standby': 0,
      'databases.my_shop.size_mb': expect.toSatisfy(isPositive),
      oldest_transaction_s: 0,
      deadlocks: 0,
      uptime_s: some,
    },
    counters: { 'transactions.commits': 2, 'rows.inserted': 3, 'blocks.hit': 1 },
    down: (port) => ({ PGHOST: '127.0.0.1', PGPORT: String(port) }),
    complaint:
      /^PostgreSQL gives no figures: psql: error: connection to server at "127\.0\.0\.1", port \d+ failed: Connection refused/,
  },
  {
    plugin: 'nginx_status.sh',
    program: { nginx: nginxProgram },
    start: startNginx,
    figures: {
      'connections.writing': 1,
      'connections.active': expect.toSatisfy(isPositive),
      'connections.reading': 0,
      dropped: 0,
    },
    counters: { requests: 8, accepts: 1 },
    down: (port) => ({ NGINX_STATUS_URL: `http://127.0.0.1:${port}/nginx_status` }),
    complaint: /^no answer from http:\/\/127\.0\.0\.1:\d+\/nginx_status: curl: \(7\) /,
  },
];

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}
