import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { ask, findProgram, freePorts, type Server, startServer } from './server.ts';

/** Debian's Alertmanager, or null: it is not on this machine. */
export const alertmanagerProgram = findProgram('prometheus-alertmanager');

/** An alert as Alertmanager has it. */
export type RaisedAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** An Alertmanager of its own directory, which notifies no one. */
export type Alertmanager = Server & {
  /** `HOST:PORT`, for a Prometheus. */
  readonly address: string;
  /** The alerts that it has and that have not ended, but for those that `inhibited` ones hide. */
  raised(): Promise<readonly RaisedAlert[]>;
};

/** Starts one. `inhibitRules` is a part of its configuration, in YAML. */
export async function startAlertmanager(inhibitRules: string): Promise<Alertmanager> {
  const dir = tempDir();
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const file = join(dir, 'alertmanager.yml');
  writeFileSync(file, `route: { receiver: none, group_wait: 0s }\nreceivers: [{ name: none }]\n${inhibitRules}`);
  const server = await startServer(
    alertmanagerProgram ?? '',
    [
      `--config.file=${file}`,
      `--storage.path=${join(dir, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=', // no other ones, and no port for them
    ],
    { cwd: dir, isReady: async () => (await ask(`http://${address}/-/ready`)) !== null },
  );
  return {
    ...server,
    address,
    async raised() {
      return JSON.parse((await ask(`http://${address}/api/v2/alerts?active=true&inhibited=false`)) ?? '[]');
    },
  };
}
