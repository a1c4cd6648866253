import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { ask, findProgram, freePorts, type Server, startServer } from './server.ts';

/** Debian's Prometheus, or null: it is not on this machine. */
export const prometheusProgram = findProgram('prometheus');

/** One series of an answer: its labels, and its last value. */
export type FoundSeries = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

type Answer = {
  readonly data: {
    readonly result: readonly { readonly metric: FoundSeries['labels']; readonly value: readonly [number, string] }[];
  };
};

/** A Prometheus of its own directory that takes samples over remote write and evaluates rules. */
export type AlertingPrometheus = Server & {
  /** Where agents write to. */
  readonly writeUrl: string;
  /** What an expression gives now. Throws if the server does not accept it. */
  query(expression: string): Promise<readonly FoundSeries[]>;
  /** How often each group of rules was evaluated at the least. */
  evaluations(): Promise<number>;
};

/** What a Prometheus evaluates, how often, and the address of its Alertmanager. */
export type Evaluation = {
  readonly rules: string;
  readonly everyS: number;
  /** Null: alerts are raised nowhere. */
  readonly alertmanager: string | null;
};

/** Starts one with these rules, which raises alerts at the Alertmanager of this address. */
export async function startAlertingPrometheus(evaluation: Evaluation): Promise<AlertingPrometheus> {
  const dir = tempDir();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const targets = evaluation.alertmanager === null ? [] : [evaluation.alertmanager];
  const file = join(dir, 'prometheus.yml');
  writeFileSync(join(dir, 'alerts.yml'), evaluation.rules);
  writeFileSync(
    file,
    `global: { evaluation_interval: ${evaluation.everyS}s }
rule_files: [alerts.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ${JSON.stringify(targets)} }] }] }
`,
  );
  const server = await startServer(
    prometheusProgram ?? '',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    { cwd: dir, isReady: async () => (await ask(`${url}/-/ready`)) !== null },
  );
  return {
    ...server,
    writeUrl: `${url}/api/v1/write`,
    async evaluations() {
      const text = (await ask(`${url}/metrics`)) ?? '';
      const counts = [...text.matchAll(/^prometheus_rule_group_iterations_total\{.*\} (\d+)$/gm)];
      return Math.min(...counts.map(([, count]) => Number(count)));
    },
    async query(expression) {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${expression}: ${text}`);
      const { data }: Answer = JSON.parse(text);
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
  };
}
