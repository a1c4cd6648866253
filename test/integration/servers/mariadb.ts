import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asNobody, dirOfNobody, runAsNobody, succeeds } from './nobody.ts';
import { findProgram, freePorts, startServer, type WhenFinished } from './server.ts';
import type { Watched } from './watched.ts';

/** MariaDB, or null: it is not on this machine. */
export const mariadbdProgram = findProgram('mariadbd');

/**
 * A MariaDB of its own directory, with a login `monitor` that wants a password and may do nothing
 * else, and a login `munin` with the same password that may see what others do.
 */
export async function startMariadb(whenFinished: WhenFinished): Promise<Watched> {
  const dir = dirOfNobody(whenFinished);
  const [port = 0] = await freePorts(1);
  const data = join(dir, 'data');
  const socket = join(dir, 'socket');
  const small = [`--datadir=${data}`, '--innodb-log-file-size=4M', '--innodb-buffer-pool-size=8M'];
  const install = [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    ...small,
  ];
  await runAsNobody(dir, findProgram('mariadb-install-db') ?? '', install);
  const client = ['--no-defaults', `--socket=${socket}`, '--user=root'];
  const logins = ['monitor', 'munin'].map(
    (name) => `CREATE OR REPLACE USER ${name}@'127.0.0.1' IDENTIFIED BY 'open sesame'`,
  );
  const rights = "GRANT PROCESS, REPLICATION CLIENT, REPLICA MONITOR ON *.* TO munin@'127.0.0.1'";
  const isReady = () => succeeds('mysql', [...client, '-e', [...logins, rights].join('; ')]);
  const place = [`--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1', `--pid-file=${join(dir, 'pid')}`];
  const server = await startServer(
    ...asNobody(mariadbdProgram ?? '', ['--no-defaults', '--skip-name-resolve', ...place, ...small]),
    {
      cwd: dir,
      isReady,
      whenFinished,
    },
  );
  const optionFile = join(dir, 'monitor.cnf');
  writeFileSync(optionFile, `[client]\nhost=127.0.0.1\nport=${port}\nuser=monitor\npassword="open sesame"\n`, {
    mode: 0o600,
  });
  return {
    ...server,
    env: { MYSQL_DEFAULTS_FILE: optionFile },
    otherEnv: {
      MYSQL_HOST: '127.0.0.1',
      MYSQL_PORT: String(port),
      MYSQL_USER: 'monitor',
      MYSQL_PASSWORD: 'open sesame',
    },
    use: async () => {
      await succeeds('mysql', [...client, '-e', 'SELECT 1; SELECT 2; SELECT 3']);
    },
  };
}
