import type { MetricStatus } from '../model/metric.ts';
import type { SeriesKind } from '../model/series.ts';
import type { StatusNow } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';
import { prometheusLabels, prometheusName } from '../words/prometheus-names.ts';

const staleAfterS = 300;
const metricsAStep = 500;

/** The metrics of the agent itself (docs/self-metrics.md) whose values are also figures below. */
const toldAsFigure = new RegExp(
  `^instrument_server\\.(${[
    'runs|runs_failed|skips|samples_read|bad_lines|plugins|memory\\.rss_mb|cpu_s',
    'spool\\..+\\.(samples|lost)|sink\\..+\\.(connected|samples_sent|samples_dropped)',
  ].join('|')})$`,
);

/** The lines of one family. All of it must stand together, under one type. */
type ExposedFamily = { readonly kind: Exclude<SeriesKind, 'info'>; readonly lines: string[] };

/**
 * Returns every current sample and the agent's own figures in Prometheus' text format, in parts.
 * Names and labels are those of `words/prometheus-names.ts`. Of samples that are the same after
 * that, the first is there, and a family has the type of its first sample. Left out are samples
 * older than both five minutes and three intervals, samples of the agent's own that tell what one
 * of its figures tells, and metrics that have the name of one of these figures.
 */
export function* prometheusWalk(
  metrics: readonly MetricStatus[],
  { agent, plugins }: StatusNow,
): Walk<readonly Uint8Array[]> {
  const oldestS = agent.atS - Math.max(staleAfterS, 3 * agent.intervalS);
  const own = ownFigures(agent, yield* countWalk(plugins)).join('');
  const ownNames = new Set([...own.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const families = new Map<string, ExposedFamily>();
  const exposed = new Set<string>();
  for (const [index, status] of metrics.entries()) {
    if (index % metricsAStep === 0) yield;
    const { metric, lastAtS, lastValue, series } = status;
    if (lastAtS < oldestS) continue;
    const isOwn = metric.startsWith(`${agent.hostname}.`);
    if (isOwn && toldAsFigure.test(metric.slice(agent.hostname.length + 1))) continue;
    const name = prometheusName(status, agent.hostname);
    if (ownNames.has(name)) continue; // each family may appear only once
    const exposedName = `${name}{${labelsText(prometheusLabels(status, agent.hostname))}}`;
    if (exposed.has(exposedName)) continue;
    exposed.add(exposedName);
    const line = `${exposedName} ${lastValue}\n`;
    const family = families.get(name);
    if (family) family.lines.push(line);
    else families.set(name, { kind: series?.kind === 'counter' ? 'counter' : 'gauge', lines: [line] });
  }
  const parts: Buffer[] = [];
  let text = '';
  let count = 0;
  for (const [name, { kind, lines }] of families) {
    text += `# TYPE ${name} ${kind}\n${lines.join('')}`;
    count += 1;
    if (count % metricsAStep !== 0) continue;
    parts.push(Buffer.from(text));
    text = '';
    yield;
  }
  parts.push(Buffer.from(text + own));
  return parts;
}

/** Returns labels as they stand between the braces. */
function labelsText(labels: ReturnType<typeof prometheusLabels>): string {
  return labels.map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escapeInValue)}"`).join(',');
}

function escapeInValue(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

type PluginCount = { readonly all: number; readonly ok: number };

function* countWalk(plugins: StatusNow['plugins']): Walk<PluginCount> {
  let [all, ok] = [0, 0];
  for (const { state } of plugins) {
    all += 1;
    if (state === 'ok') ok += 1;
    yield;
  }
  return { all, ok };
}

function ownFigures(
  { hostname, totals, usage, sinks, startedAtS }: StatusNow['agent'],
  plugins: PluginCount,
): readonly string[] {
  const family = (
    name: string,
    type: 'gauge' | 'counter',
    values: readonly (readonly [labels: string, value: number])[],
  ) => {
    const full = `instrument_server_${name}`;
    const lines = values.map(([labels, value]) => `${full}{host="${hostname}"${labels}} ${value}\n`);
    return values.length === 0 ? '' : `# TYPE ${full} ${type}\n${lines.join('')}`;
  };
  const bySink = (value: (sink: StatusNow['agent']['sinks'][number]) => number) =>
    sinks.map((sink) => [`,sink="${sink.name}"`, value(sink)] as const);
  return [
    family('start_time_seconds', 'gauge', [['', startedAtS]]),
    family('runs_total', 'counter', [['', totals.runs]]),
    family('runs_failed_total', 'counter', [['', totals.runsFailed]]),
    family('skips_total', 'counter', [['', totals.skips]]),
    family('samples_read_total', 'counter', [['', totals.samplesRead]]),
    family('bad_lines_total', 'counter', [['', totals.badLines]]),
    family('plugins', 'gauge', [['', plugins.all]]),
    family('plugins_reporting', 'gauge', [['', plugins.ok]]),
    family(
      'sink_connected',
      'gauge',
      bySink(({ state }) => (state === 'connected' ? 1 : 0)),
    ),
    family(
      'sink_waiting_samples',
      'gauge',
      bySink(({ waitingSamples }) => waitingSamples),
    ),
    family(
      'sink_sent_samples_total',
      'counter',
      bySink(({ sentSamples }) => sentSamples),
    ),
    family(
      'sink_lost_samples_total',
      'counter',
      bySink(({ lostSamples, droppedSamples }) => lostSamples + droppedSamples),
    ),
    family('resident_memory_bytes', 'gauge', [['', usage.rssBytes]]),
    family('cpu_seconds_total', 'counter', [['', usage.cpuS]]),
  ];
}
