import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { makePrometheus, type Prometheus } from './prometheus.ts';
import { ask } from './server.ts';

/** One series of an answer: its labels, and its value. */
export type FoundSeries = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

type Answer = {
  readonly data: {
    readonly result: readonly { readonly metric: FoundSeries['labels']; readonly value: readonly [number, string] }[];
  };
};

/** A Prometheus that evaluates rules. */
export type AlertingPrometheus = Prometheus & {
  /** For `[sink:prometheus]`. */
  readonly url: string;
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

/** Starts a Prometheus with these rules. */
export async function startAlertingPrometheus(evaluation: Evaluation): Promise<AlertingPrometheus> {
  const { rules, everyS, alertmanager } = evaluation;
  const file = join(tempDir(), 'alerts.yml');
  const targets = alertmanager === null ? [] : [alertmanager];
  writeFileSync(file, rules);
  const { url, start } = await makePrometheus(`global: { evaluation_interval: ${everyS}s }
rule_files: ["${file}"]
alerting: { alertmanagers: [{ static_configs: [{ targets: ${JSON.stringify(targets)} }] }] }
`);
  return {
    ...(await start()),
    url,
    async query(expression) {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${expression}: ${text}`);
      const { data }: Answer = JSON.parse(text);
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    async evaluations() {
      const text = (await ask(`${url}/metrics`)) ?? '';
      const counts = [...text.matchAll(/^prometheus_rule_group_iterations_total\{.*\} (\d+)$/gm)];
      return Math.min(...counts.map(([, count]) => Number(count)));
    },
  };
}
