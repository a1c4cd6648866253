import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { Readings } from './readings.ts';
import { ask, findProgram, freePorts, type Server, startServer } from './server.ts';

/** InfluxDB 1, or null: it is not on this machine. */
export const influxdProgram = findProgram('influxd');

/** An InfluxDB of its own directory, with an empty database `metrics`. */
export type Influxd = Server & {
  /** What it has of a measurement with this host, in order of time. */
  read(measurement: string, host: string): Promise<Readings>;
  /** Writes one line of its protocol, past every agent. */
  write(line: string): Promise<void>;
};

const admin = { username: 'root', password: 'r00t pass' };

/**
 * A directory for an InfluxDB, and its address; `start` it now or later, and again. With `user` it
 * wants a login, and that one may write. It takes requests of `maxBodyBytes`.
 */
export async function makeInfluxd({
  user = null,
  maxBodyBytes = 25_000_000,
}: {
  readonly user?: { readonly username: string; readonly password: string } | null;
  readonly maxBodyBytes?: number;
} = {}): Promise<{ readonly url: string; start(): Promise<Influxd> }> {
  const dir = tempDir();
  const [port = 0, rpcPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(
    join(dir, 'influxdb.conf'),
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${user !== null}
  max-body-size = ${maxBodyBytes}
`,
  );

  async function query(words: string): Promise<string | null> {
    const login = new URLSearchParams({ u: admin.username, p: admin.password });
    const form = new URLSearchParams({ db: 'metrics', epoch: 's', q: words });
    return ask(`${url}/query?${login}`, { method: 'POST', body: form });
  }

  async function must(words: string): Promise<void> {
    if ((await query(words)) === null) throw new Error(`InfluxDB did not take: ${words}`);
  }

  return {
    url,
    async start() {
      const args = ['run', '-config', join(dir, 'influxdb.conf')];
      const isReady = async () => (await ask(`${url}/ping`)) !== null;
      const server = await startServer(influxdProgram ?? '', args, { cwd: dir, isReady });
      await must(`CREATE USER ${admin.username} WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`);
      await must('CREATE DATABASE metrics');
      if (user) {
        await must(`CREATE USER ${user.username} WITH PASSWORD '${user.password}'`);
        await must(`GRANT WRITE ON metrics TO ${user.username}`);
      }
      return {
        ...server,
        async write(line) {
          if ((await ask(`${url}/write?db=metrics&precision=s`, { method: 'POST', body: line })) === null)
            throw new Error(`InfluxDB did not take: ${line}`);
        },
        read: async (measurement, host) =>
          readingsIn(await query(`SELECT value FROM "${measurement}" WHERE host = '${host}'`)),
      };
    },
  };
}

type Answer = { readonly results: readonly { readonly series?: readonly { readonly values: Readings }[] }[] };

function readingsIn(text: string | null): Readings {
  const { results }: Answer = JSON.parse(text ?? '{"results":[]}');
  return results[0]?.series?.[0]?.values ?? [];
}
