import type { Usage } from '../io/process/usage.ts';
import { metricName, type Sample, type UnixSeconds } from '../model/sample.ts';
import { type Counts, noDeliveries, type SinkCounts } from './counts.ts';

/** What waits for one sink, by its name, as its place in the spool tells it. */
export type Backlog = {
  readonly sink: string;
  /** How many samples it has not accepted. */
  waiting(): number;
  /** When the oldest of them was read; null: none waits, or nobody knows. */
  oldestAtS(): UnixSeconds | null;
  /** How many it has lost to the spool's bound, over all lives of the agent. */
  lost(): number;
};

type SelfReading = readonly [name: string, value: number];

/** What the agent knows of itself as samples `HOST.instrument_server.NAME`, at `atS`. Each name stands in docs/self-metrics.md. */
export function selfSamples(
  counts: Counts,
  backlogs: readonly Backlog[],
  usage: Usage,
  { hostname, atS }: { readonly hostname: string; readonly atS: UnixSeconds },
): readonly Sample[] {
  const readings: readonly SelfReading[] = [
    ...runReadings(counts),
    ['plugins', counts.pluginsNow],
    ['plugins_rejected', counts.pluginsRejectedNow],
    ['store.failures', counts.storeFailures],
    ['store.lost', counts.samplesLost],
    ...backlogs.flatMap((backlog) => spoolReadings(backlog, atS)),
    ...backlogs.flatMap(({ sink }) => sinkReadings(sink, counts.sinks.get(sink) ?? noDeliveries)),
    ['memory.rss_mb', usage.rssBytes / 1_048_576],
    ['cpu_s', usage.cpuS],
  ];
  return readings.map(([name, value]) => ({
    metric: metricName(`${hostname}.instrument_server.${name}`),
    value: Math.round(value * 1000) / 1000,
    atS,
  }));
}

function runReadings(counts: Counts): readonly SelfReading[] {
  return [
    ['runs', counts.runs],
    ['runs_failed', counts.runsFailed],
    ['runs_overdue', counts.runsOverdue],
    ['runs_in_flight', counts.runsInFlightNow],
    ['runs_overdue_now', counts.runsOverdueNow],
    ['skips', counts.skips],
    ['samples_read', counts.samplesRead],
    ['bad_lines', counts.badLines],
    ['output_overflows', counts.outputOverflows],
  ];
}

function spoolReadings(backlog: Backlog, nowS: UnixSeconds): readonly SelfReading[] {
  const name = `spool.${backlog.sink}`;
  return [
    [`${name}.samples`, backlog.waiting()],
    [`${name}.age_s`, Math.max(0, nowS - (backlog.oldestAtS() ?? nowS))], // a sample may be of a time to come
    [`${name}.lost`, backlog.lost()],
  ];
}

function sinkReadings(sink: string, counts: SinkCounts): readonly SelfReading[] {
  const name = `sink.${sink}`;
  return [
    [`${name}.connected`, counts.isConnected ? 1 : 0],
    [`${name}.reconnects`, counts.reconnects],
    [`${name}.refusals`, counts.refusals],
    [`${name}.batches_sent`, counts.batchesSent],
    [`${name}.batches_returned`, counts.batchesReturned],
    [`${name}.samples_sent`, counts.samplesSent],
    [`${name}.samples_maybe_twice`, counts.samplesMaybeTwice],
    [`${name}.samples_dropped`, counts.samplesDropped],
  ];
}
