import type { AgentEvent } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import { unreachable } from '../model/result.ts';

/** What one sink has done since the agent started. */
export type SinkCounts = {
  /** The last that is known: whether a delivery arrived, or came back. */
  readonly isConnected: boolean;
  /** Times that it was connected again after trouble. */
  readonly reconnects: number;
  /** Deliveries that the other side refused as such (a wrong key). */
  readonly refusals: number;
  readonly batchesSent: number;
  readonly batchesReturned: number;
  readonly samplesSent: number;
  /** In batches that came back after some of them may have arrived: so many at most were sent twice. */
  readonly samplesMaybeTwice: number;
  /** That the other side will never take. */
  readonly samplesDropped: number;
};

/** The agent's knowledge of itself: totals since it started, and, where the name says so, what is the case now. */
export type Counts = {
  readonly runs: number;
  /** Ended otherwise than with status 0, or never begun. */
  readonly runsFailed: number;
  readonly runsOverdue: number;
  readonly runsInFlightNow: number;
  readonly runsOverdueNow: number;
  readonly skips: number;
  readonly samplesRead: number;
  readonly badLines: number;
  /** Runs that printed more than is kept. */
  readonly outputOverflows: number;
  /** Accepted scripts; none while the directory is suspended. */
  readonly pluginsNow: number;
  readonly pluginsRejectedNow: number;
  /** Times that storing began to fail. */
  readonly storeFailures: number;
  /** Samples that left with a database that was set aside, or with the agent. */
  readonly samplesLost: number;
  /** By the sink's name; one that has delivered nothing yet is not in it. */
  readonly sinks: ReadonlyMap<string, SinkCounts>;
};

/** Counts by events. */
export type CountsKeeper = {
  /** Takes an event in. */
  note(event: AgentEvent): void;
  read(): Counts;
};

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };
type Totals = Omit<Counts, 'runsInFlightNow' | 'runsOverdueNow' | 'pluginsNow' | 'pluginsRejectedNow' | 'sinks'>;

/** A sink of which nothing is known yet. */
export const noDeliveries: SinkCounts = {
  isConnected: false,
  reconnects: 0,
  refusals: 0,
  batchesSent: 0,
  batchesReturned: 0,
  samplesSent: 0,
  samplesMaybeTwice: 0,
  samplesDropped: 0,
};

/** Counters at zero. Each event costs the same, however many there were; what is kept of a plugin goes with its file and its last run. */
export function createCounters(): CountsKeeper {
  const totals: Mutable<Totals> = {
    runs: 0,
    runsFailed: 0,
    runsOverdue: 0,
    skips: 0,
    samplesRead: 0,
    badLines: 0,
    outputOverflows: 0,
    storeFailures: 0,
    samplesLost: 0,
  };
  const accepted = new Set<PluginFile>();
  const rejected = new Set<PluginFile>();
  const inFlight = new Set<PluginFile>();
  const overdue = new Set<PluginFile>();
  const sinks = new Map<string, Mutable<SinkCounts>>();
  const everConnected = new Set<string>();
  let isSuspended = false;

  return {
    note(event) {
      switch (event.event) {
        case 'run.started':
        case 'run.survived':
          inFlight.add(event.plugin);
          return;
        case 'run.finished':
          over(event.plugin);
          totals.runs += 1;
          if (event.ending.kind !== 'exited' || event.ending.status !== 0) totals.runsFailed += 1;
          totals.samplesRead += event.samples;
          totals.badLines += event.badLines;
          return;
        case 'plugin.added':
          rejected.delete(event.plugin);
          accepted.add(event.plugin);
          return;
        case 'plugin.rejected':
          accepted.delete(event.plugin);
          rejected.add(event.plugin);
          return;
        case 'plugin.removed':
          accepted.delete(event.plugin);
          rejected.delete(event.plugin);
          return;
        case 'plugins.suspended':
          isSuspended = true;
          return;
        case 'plugins.resumed':
          isSuspended = false;
          return;
        case 'run.survivor-ended':
          over(event.plugin);
          return;
        case 'run.overdue':
          totals.runsOverdue += 1;
          if (inFlight.has(event.plugin)) overdue.add(event.plugin);
          return;
        case 'run.skipped':
          totals.skips += 1;
          return;
        case 'run.overflowed':
          totals.outputOverflows += 1;
          return;
        case 'store.failed':
          totals.storeFailures += 1;
          return;
        case 'store.lost':
        case 'store.set-aside':
          totals.samplesLost += event.samples ?? 0;
          return;
        case 'sink.connected':
          connected(event.sink);
          return;
        case 'batch.sent':
          sent(sinkOf(event.sink), event.samples);
          return;
        case 'batch.returned':
          returned(sinkOf(event.sink), event);
          return;
        case 'batch.dropped':
          sinkOf(event.sink).samplesDropped += event.samples;
          return;
        case 'daemon.started':
        case 'daemon.stopping':
        case 'daemon.stopped':
        case 'config.warned':
        case 'dashboard.started':
        case 'dashboard.failed':
        case 'control.failed':
        case 'config.reloaded':
        case 'config.refused':
        case 'plugins.watched':
        case 'watch.failed':
        case 'plugin.changed':
        case 'plugin.collided':
        case 'tick.started':
        case 'run.failed': // counted by run.finished, and so are bad lines
        case 'run.recovered':
        case 'run.bad-lines':
        case 'run.stderr':
        case 'run.output-lost':
        case 'host.unreadable':
        case 'host.recovered':
        case 'store.recovered':
        case 'store.removed':
        case 'history.failed':
        case 'history.recovered':
        case 'history.emptied':
        case 'spool.overflowed': // the spool itself counts what it loses, over all lives of the agent
        case 'spool.unreadable':
        case 'spool.forgotten':
        case 'spool.relieved':
        case 'sink.added':
        case 'sink.removed':
        case 'sink.lost': // counted by batch.returned
        case 'sink.refused':
        case 'sink.unconfirmed':
        case 'sink.unverified':
        case 'wire.sent':
        case 'wire.received':
          return;
        default:
          unreachable(event);
      }
    },
    read: () => ({
      ...totals,
      runsInFlightNow: inFlight.size,
      runsOverdueNow: overdue.size,
      pluginsNow: isSuspended ? 0 : accepted.size,
      pluginsRejectedNow: rejected.size,
      sinks: new Map([...sinks].map(([name, counts]) => [name, { ...counts }])),
    }),
  };

  function over(file: PluginFile) {
    inFlight.delete(file);
    overdue.delete(file);
  }

  function sinkOf(name: string): Mutable<SinkCounts> {
    const counts = sinks.get(name) ?? { ...noDeliveries };
    sinks.set(name, counts);
    return counts;
  }

  function connected(name: string) {
    const counts = sinkOf(name);
    counts.isConnected = true;
    if (everConnected.has(name)) counts.reconnects += 1;
    everConnected.add(name);
  }
}

function sent(counts: Mutable<SinkCounts>, samples: number) {
  counts.batchesSent += 1;
  counts.samplesSent += samples;
}

function returned(counts: Mutable<SinkCounts>, event: Extract<AgentEvent, { event: 'batch.returned' }>) {
  counts.isConnected = false;
  counts.batchesReturned += 1;
  if (event.trouble.kind === 'refused') counts.refusals += 1;
  if (event.mayHaveArrived) counts.samplesMaybeTwice += event.samples;
}
