import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prometheusWalk } from '../../src/dashboard/prometheus.ts';
import { atOnce } from '../../src/io/walk.ts';
import type { MetricStatus } from '../../src/model/metric.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import type { Series } from '../../src/model/series.ts';
import type { Status } from '../../src/model/status.ts';
import { selfSamples } from '../../src/view/self-metrics.ts';
import { createView } from '../../src/view/view.ts';
import { anySeries } from '../helpers/any-series.ts';
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

describe('a sample with a family', () => {
  const inFamily = (name: string, lastValue: number, series: Partial<Series>) => ({
    ...metric(name, lastValue),
    series: { family: 'f', labels: [], kind: 'gauge', unit: '', ...series } satisfies Series,
  });
  const linesOf = (...metrics: readonly MetricStatus[]) =>
    prometheusText(metrics, status).split('# TYPE instrument_server_')[0]?.trimEnd().split('\n');

  test('has the name and the labels that its format gave it, its kind, and the host', () => {
    const series = { family: 'node_disk_bytes', kind: 'counter' } as const;
    expect(
      linesOf(
        inFamily('web1.disk.node_disk_bytes.device.sda', 7, { ...series, labels: [['device', 'sda']] }),
        inFamily('web1.disk.node_disk_bytes.device.sdb', 8, { ...series, labels: [['device', 'sdb']] }),
      ),
    ).toEqual([
      '# TYPE node_disk_bytes counter',
      'node_disk_bytes{device="sda",host="web1"} 7',
      'node_disk_bytes{device="sdb",host="web1"} 8',
    ]);
  });

  test('keeps a label that is called host', () => {
    expect(linesOf(inFamily('web1.p.f', 1, { labels: [['host', 'db2']] }))).toEqual([
      '# TYPE f gauge',
      'f{host="db2"} 1',
    ]);
  });

  test('that is the same as an earlier one is left out', () => {
    expect(
      linesOf(inFamily('web1.a.f', 1, {}), inFamily('web1.b.f', 2, {}), inFamily('web1.c.f', 3, { family: 'g' })),
    ).toEqual(['# TYPE f gauge', 'f{host="web1"} 1', '# TYPE g gauge', 'g{host="web1"} 3']);
  });

  test('gives its kind to the whole family, if it is the first', () => {
    const counter = inFamily('web1.a.f', 1, { kind: 'counter' });
    const gauge = inFamily('web1.b.f', 2, { labels: [['a', '1']] });
    expect(linesOf(counter, gauge)?.[0]).toBe('# TYPE f counter');
    expect(linesOf(gauge, counter)?.[0]).toBe('# TYPE f gauge');
  });

  test('that has the name of a figure of the agent is left out', () => {
    const text = prometheusText([inFamily('web1.a.x', 99, { family: 'instrument_server_runs_total' })], status);
    expect(text).not.toContain(' 99\n');
    expect(text.match(/# TYPE instrument_server_runs_total /g)).toHaveLength(1);
  });

  test('has valid names of labels, each once, and escapes in their values', () => {
    const labels = [
      ['1st', 'a'],
      ['__name__', 'x'],
      ['a-b', '1'],
      ['a.b', '2'],
      ['größe', 'C:\\ "x"\n'],
    ] as const;
    expect(linesOf(inFamily('web1.p.f', 1, { family: '5.x:y z', labels }))).toEqual([
      '# TYPE _5_x:y_z gauge',
      '_5_x:y_z{_1st="a",_name__="x",a_b="1",a_b_="2",gr__e="C:\\\\ \\"x\\"\\n",host="web1"} 1',
    ]);
  });

  test('without a family is shown by its dotted name, with its kind', () => {
    expect(linesOf(inFamily('web1.p.c', 1, { family: null, kind: 'counter' }))).toEqual([
      '# TYPE p_c counter',
      'p_c{host="web1",metric="web1.p.c"} 1',
    ]);
  });

  test("is a line that Prometheus' text format allows, whatever its series", () => {
    const label = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"`;
    const line = new RegExp(`^([a-zA-Z_:][\\w:]*)\\{(${label}(?:,${label})*)\\} -?\\d+$`);
    fc.assert(
      fc.property(fc.array(anySeries, { minLength: 1 }), (all) => {
        const lines = linesOf(...all.map((series, index) => ({ ...metric(`web1.p.m${index}`, index), series }))) ?? [];
        const written = new Set<string>();
        const types = new Set<string>();
        let family = '';
        for (const each of lines) {
          const [, typed] = /^# TYPE (\S+) (?:gauge|counter)$/.exec(each) ?? [];
          if (typed !== undefined) {
            expect(types.has(typed)).toBe(false);
            types.add(typed);
            family = typed;
            continue;
          }
          const [, name, labels = ''] = line.exec(each) ?? [];
          expect([each, name]).toEqual([each, family]);
          const names = [...labels.matchAll(new RegExp(label, 'g'))].map(([one]) => one.split('=')[0]);
          expect(new Set(names).size).toBe(names.length);
          expect(written.has(`${name}{${labels}}`)).toBe(false);
          written.add(`${name}{${labels}}`);
        }
        expect(written.size).toBeGreaterThan(0);
      }),
    );
  });
});
