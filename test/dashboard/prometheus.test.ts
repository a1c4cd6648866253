import { expect, test } from 'vitest';
import { prometheusWalk } from '../../src/dashboard/prometheus.ts';
import { atOnce } from '../../src/io/walk.ts';
import type { MetricStatus } from '../../src/model/metric.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import type { Status } from '../../src/model/status.ts';
import { selfSamples } from '../../src/view/self-metrics.ts';
import { createView } from '../../src/view/view.ts';
import { nowOf } from '../helpers/status-now.ts';
import { sampleStatus } from '../view/sample.ts';

const prometheusText = (metrics: readonly MetricStatus[], now: Status): string =>
  Buffer.concat(atOnce(prometheusWalk(metrics, nowOf(now)))).toString();

const status = sampleStatus();
const metric = (name: string, lastValue: number, ageS = 10) => ({
  metric: name,
  lastAtS: status.atS - ageS,
  lastValue,
});

test('a metric becomes a gauge with its host and its whole name as labels', () => {
  const text = prometheusText([metric('web1.disk.root.used-mb', 12.5)], status);
  expect(text).toContain(
    '# TYPE disk_root_used_mb gauge\ndisk_root_used_mb{host="web1",metric="web1.disk.root.used-mb"} 12.5\n',
  );
});

test('two metrics whose names are the same then are in one family, with different labels', () => {
  const text = prometheusText([metric('web1.a.b_c', 1), metric('web1.x', 9), metric('web1.a_b.c', 2)], status);
  expect(text.match(/# TYPE a_b_c gauge/g)).toHaveLength(1);
  expect(text).toContain('a_b_c{host="web1",metric="web1.a.b_c"} 1\na_b_c{host="web1",metric="web1.a_b.c"} 2\n');
});

test('an old sample is left out, and a name that begins with a digit gets an underscore before it', () => {
  const text = prometheusText([metric('web1.old.x', 1, 3600), metric('web1.5xx.rate', 3)], status);
  expect(text).not.toContain('old');
  expect(text).toContain('_5xx_rate{');
});

test("every line is one that Prometheus' text format allows, and every family has one type", () => {
  const text = prometheusText([metric('web1.a.b', 1e300), metric('other.host.x', -0.001)], status);
  const lines = text.trimEnd().split('\n');
  for (const line of lines)
    expect(line).toMatch(
      /^(# TYPE [a-zA-Z_:][\w:]* (gauge|counter)|[a-zA-Z_:][\w:]*\{(\w+="[^"\\\n]*",?)+\} -?[\d.]+(e[+-]?\d+)?)$/,
    );
  const families = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  expect(new Set(families).size).toBe(families.length);
  expect(families).toContain('instrument_server_sink_waiting_samples');
});

test("each of the agent's figures is there once, though its own metrics are sampled, too", () => {
  const backlogs = [{ sink: 'instrumental', waiting: () => 1, oldestAtS: () => null, lost: () => 2 }];
  const view = createView({ nowMs: () => 0 });
  const usage = { rssBytes: 1_048_576, cpuS: 3 };
  const samples = selfSamples(view, backlogs, usage, { hostname: 'web1', atS: unixSeconds(status.atS) });
  const text = prometheusText(
    samples.map((sample) => metric(sample.metric, sample.value)),
    status,
  );
  const families = [...text.matchAll(/# TYPE instrument_server_(\S+)/g)].map(([, name]) => name);
  expect(
    families.filter((name) => /^(sink_instrumental_|spool_|runs|skips|cpu|mem|resident|plugins)/.test(name ?? '')),
  ).toEqual([
    'runs_overdue',
    'runs_hung',
    'runs_in_flight',
    'runs_overdue_now',
    'runs_hung_now',
    'plugins_rejected',
    'plugins_waiting',
    'spool_instrumental_age_s',
    'sink_instrumental_reconnects',
    'sink_instrumental_refusals',
    'sink_instrumental_batches_sent',
    'sink_instrumental_batches_returned',
    'sink_instrumental_samples_maybe_twice',
    'runs_total',
    'runs_failed_total',
    'skips_total',
    'plugins',
    'plugins_reporting',
    'resident_memory_bytes',
    'cpu_seconds_total',
  ]);
  expect(text).toContain('sink_waiting_samples{');
});

test('a metric that has the name of a figure makes no second family', () => {
  const text = prometheusText([metric('web1.instrument_server.start_time.seconds', 3)], status);
  expect(text.match(/# TYPE instrument_server_start_time_seconds gauge/g)).toHaveLength(1);
  expect(text).not.toContain('web1.instrument_server.start_time.seconds');
});
