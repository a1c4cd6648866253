import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { Readings } from './readings.ts';
import { ask, findProgram, freePorts, type Server, startServer } from './server.ts';

/** Prometheus, or null: it is not on this machine. */
export const prometheusProgram = findProgram('prometheus');

/** A Prometheus that accepts remote write, and scrapes nothing. */
export type Prometheus = Server & {
  /** What it has of one series, `name{label="value"}`, in order of time. */
  read(series: string): Promise<Readings>;
  /** The labels of all series with this name. */
  labels(name: string): Promise<readonly Readonly<Record<string, string>>[]>;
};

/**
 * A directory for a Prometheus, and its address; `start` it now or later, and again. `settings` are
 * those of its file.
 */
export async function makePrometheus(
  settings = '{}\n',
): Promise<{ readonly url: string; start(): Promise<Prometheus> }> {
  const dir = tempDir();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const file = join(dir, 'prometheus.yml');
  writeFileSync(file, settings);
  return {
    url,
    async start() {
      const args = [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
      ];
      const isReady = async () => (await ask(`${url}/-/ready`)) !== null;
      const server = await startServer(prometheusProgram ?? '', args, { cwd: dir, isReady });
      return {
        ...server,
        async read(series) {
          const results = await query(url, `${series}[3h]`);
          return results.flatMap(({ values = [] }) => values.map(([atS, text]) => [atS, Number(text)] as const));
        },
        async labels(name) {
          return (await query(url, `{__name__="${name}"}[3h]`)).map(({ metric }) => metric);
        },
      };
    },
  };
}

type Result = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [number, string])[];
};

async function query(url: string, expression: string): Promise<readonly Result[]> {
  const text = await ask(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  const { data }: { readonly data?: { readonly result: readonly Result[] } } = JSON.parse(text ?? '{}');
  return data?.result ?? [];
}
