import type { Usage } from '../io/process/usage.ts';
import { metricName, type Sample, type UnixSeconds } from '../model/sample.ts';
import type { SpoolView } from '../model/spool.ts';
import type { SinkCounts } from './sinks.ts';
import type { Totals } from './totals.ts';
import type { View } from './view.ts';

/** What waits for one sink: its name, and what its position in the spool tells. */
export type Backlog = Pick<SpoolView, 'waiting' | 'oldestAtS' | 'lost'> & { readonly sink: string };

type SelfReading = readonly [name: string, value: number];

/**
 * The agent's own metrics as samples `HOST.instrument_server.NAME`, at `atS`. Each name is listed
 * in docs/self-metrics.md.
 */
export function selfSamples(
  view: Pick<View, 'totals' | 'agent' | 'sinkCounts'>,
  backlogs: readonly Backlog[],
  usage: Usage,
  { hostname, atS }: { readonly hostname: string; readonly atS: UnixSeconds },
): readonly Sample[] {
  const totals = view.totals();
  const { overload } = view.agent();
  const readings: readonly SelfReading[] = [
    ...runReadings(totals),
    ['plugins', totals.pluginsNow],
    ['plugins_rejected', totals.pluginsRejectedNow],
    ['plugins_waiting', overload?.waiting ?? 0],
    ['longest_wait_s', overload?.longestWaitS ?? 0],
    ['store.failures', totals.storeFailures],
    ['store.lost', totals.samplesLost],
    ...backlogs.flatMap((backlog) => spoolReadings(backlog, atS)),
    ...backlogs.flatMap(({ sink }) => sinkReadings(sink, view.sinkCounts(sink))),
    ['memory.rss_mb', usage.rssBytes / 1_048_576],
    ['cpu_s', usage.cpuS],
  ];
  return readings.map(([name, value]) => ({
    metric: metricName(`${hostname}.instrument_server.${name}`),
    value: Math.round(value * 1000) / 1000,
    atS,
  }));
}

function runReadings(counts: Totals): readonly SelfReading[] {
  return [
    ['runs', counts.runs],
    ['runs_failed', counts.runsFailed],
    ['runs_overdue', counts.runsOverdue],
    ['runs_hung', counts.runsHung],
    ['runs_in_flight', counts.runsInFlightNow],
    ['runs_overdue_now', counts.runsOverdueNow],
    ['runs_hung_now', counts.runsHungNow],
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
