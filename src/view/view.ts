/**
 * All that is folded from events, behind one `note`. The status, the agent's own metrics,
 * `/metrics` and the page read it.
 */
import type { Clock } from '../io/clock.ts';
import type { AgentEvent } from '../model/event.ts';
import type { Overload } from '../model/overload.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Status } from '../model/status.ts';
import { explanationOf } from '../words/explanation.ts';
import { createRunFacts, type RunFacts } from './runs.ts';
import { createSinkFacts, type SinkCounts, type SinkFacts } from './sinks.ts';
import { createTotals, type Totals } from './totals.ts';

/** What this life of the agent has seen of the agent as a whole. */
export type AgentFacts = {
  /** Null: there was no tick yet. */
  readonly lastTickAtS: number | null;
  /**
   * What is wrong with the configuration on disk, which is therefore not in force; empty: nothing
   * is.
   */
  readonly configurationProblems: readonly string[];
  /** Plugins wait for a slot over several ticks; null: they do not. */
  readonly overload: Status['overload'];
  /** Why samples can't be stored; null: they are. */
  readonly storeFailure: string | null;
  /** What became of the last database that was damaged; null: none was. */
  readonly salvage: Status['salvage'];
  /** What the start found; null: it was not reported yet. */
  readonly foundAtStart: Status['foundAtStart'];
};

/** What is known from events. Nothing here throws. */
export type View = {
  /** Updates the view from an event. Must see every event from startup on. */
  note(event: AgentEvent): void;
  /** Drops what is known of scripts that are not among these. */
  present(files: ReadonlySet<PluginFile>): void;
  agent(): AgentFacts;
  totals(): Totals;
  runs(file: PluginFile): RunFacts;
  sink(name: string): SinkFacts;
  sinkCounts(name: string): SinkCounts;
};

const nothingYet: AgentFacts = {
  lastTickAtS: null,
  configurationProblems: [],
  overload: null,
  storeFailure: null,
  salvage: null,
  foundAtStart: null,
};

/** Creates a view for which nothing has happened yet. */
export function createView(clock: Pick<Clock, 'nowMs'>): View {
  const runs = createRunFacts();
  const sinks = createSinkFacts();
  const totals = createTotals();
  let agent = nothingYet;
  return {
    note(event) {
      const nowS = clock.nowMs() / 1000;
      runs.note(event, nowS);
      totals.note(event);
      if (event.event === 'run.started' || event.event === 'run.finished') return; // the most: these concern no others
      sinks.note(event, nowS);
      agent = agentAfter(agent, event, nowS);
    },
    present: (files) => runs.present(files),
    agent: () => agent,
    totals: () => totals.read(),
    runs: (file) => runs.of(file),
    sink: (name) => sinks.of(name),
    sinkCounts: (name) => sinks.countsOf(name),
  };
}

function agentAfter(agent: AgentFacts, event: AgentEvent, nowS: number): AgentFacts {
  switch (event.event) {
    case 'tick.started':
      return { ...agent, lastTickAtS: event.atS };
    case 'config.refused':
      return { ...agent, configurationProblems: event.problems };
    case 'config.reloaded':
      return { ...agent, configurationProblems: [] };
    case 'agent.overloaded':
      return { ...agent, overload: overloadOf(event, nowS) };
    case 'agent.relieved':
      return { ...agent, overload: null };
    case 'store.found': {
      const { event: _, ...foundAtStart } = event;
      return { ...agent, foundAtStart };
    }
    case 'store.failed':
      return { ...agent, storeFailure: event.detail };
    case 'store.recovered':
      return { ...agent, storeFailure: null };
    case 'store.set-aside':
      return { ...agent, salvage: { atS: nowS, path: event.path, samples: 0, lost: event.samples } };
    case 'store.salvaged':
      return { ...agent, salvage: { atS: nowS, path: event.path, samples: event.samples, lost: event.lost } };
    default:
      return agent;
  }
}

function overloadOf(event: Extract<AgentEvent, { event: 'agent.overloaded' }>, nowS: number): Overload {
  const { waiting, plugins, longestWaitMs, slots, cpuBusyPercent, advice, elapsedMs } = event;
  return {
    sinceS: Math.round(nowS - elapsedMs / 1000),
    waiting,
    plugins,
    longestWaitS: Math.round(longestWaitMs / 100) / 10,
    slots,
    cpuBusyPercent: cpuBusyPercent && Math.round(cpuBusyPercent),
    explanation: explanationOf(advice),
  };
}
