import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { Sink, SinkTrouble } from '../model/sink.ts';
import type { SpoolView } from '../model/spool.ts';
import { longestWaitMs } from '../sender/batcher.ts';
import { type Sender, startSender } from '../sender/sender.ts';
import { withNotices } from '../sender/with-notices.ts';
import { planSinks, type SinkEdges, type SinkPlan } from '../sinks/create.ts';
import type { SpooledSink } from '../store/spool/positions.ts';
import type { Store } from '../store/store.ts';

/** A sink of the configuration and what waits for it. */
export type Outlet = SpoolView & { readonly name: string; readonly address: string };

/**
 * The way out: every sink of the configuration, each with its own sender and its own position in
 * the spool.
 */
export type Delivery = {
  /** The sinks for which the spool must keep positions. */
  spooledSinks(): readonly SpooledSink[];
  /** Starts sending. Called once, with the store that was opened for these sinks. */
  begin(store: Pick<Store, 'view' | 'setSinks' | 'marks'>): void;
  /** There are new samples in the spool, or new notices: wakes the senders. */
  appended(): void;
  /** No run of this tick holds a slot any more; with `spread`, the host's moment has come. */
  settled(): void;
  /** Ends the waits after trouble: all senders try again now. */
  retryNow(): void;
  /**
   * Changes to the sinks of another configuration. A sink with the same settings is not touched;
   * one with other settings is made again and continues at its position.
   */
  apply(config: Config): void;
  outlets(): readonly Outlet[];
  /** Resolves when the spool is empty for each sink, or a delivery to it has failed. */
  drained(): Promise<unknown>;
  /** Stops sending; resolves when no delivery is under way. */
  close(): Promise<unknown>;
};

type SinkInUse = { readonly plan: SinkPlan; readonly sink: Sink; sender: Sender | null; isClosed: boolean };

/** One sink of a configuration after a probe. `trouble` null: it accepts the agent. */
export type Probed = { readonly sink: string; readonly address: string; readonly trouble: SinkTrouble | null };

/**
 * Asks each sink of a configuration, except the console, whether it accepts the agent; sends no
 * sample. Never rejects.
 */
export function probeSinks(config: Config, edges: Edges, emit: Emit): Promise<readonly Probed[]> {
  const plans = planSinks(config, sinkEdgesOf(edges, emit, null));
  return Promise.all(
    plans.map(async ({ name, address, create }) => {
      const sink = create();
      const trouble = await sink.probe();
      sink.close();
      return { sink: name, address, trouble };
    }),
  );
}

/** Makes the sinks. `write` prints for the console sink; null: no one reads it. */
export function createDelivery(
  config: Config,
  edges: Edges,
  emit: Emit,
  write: ((text: string) => Promise<void>) | null,
): Delivery {
  const sinkEdges = sinkEdgesOf(edges, emit, write);
  let current = config;
  const patience = {
    ...edges.patience,
    get longestWaitMs() {
      return longestWaitMs(current);
    },
  };
  let running: readonly SinkInUse[] = planSinks(config, sinkEdges).map(create);
  let store: Pick<Store, 'view' | 'setSinks' | 'marks'> | null = null;
  // By sink name: its next sender starts after the former one has ended
  const ending = new Map<string, Promise<unknown>>();

  function create(plan: SinkPlan): SinkInUse {
    return { plan, sink: plan.create(), sender: null, isClosed: false };
  }

  function start(one: SinkInUse) {
    if (store === null || one.isClosed) return;
    const view = store.view(one.plan.name);
    one.sender = startSender(
      { clock: edges.clock, random: edges.random },
      one.sink,
      one.sink.wantsNotices ? withNotices(view, store.marks) : view,
      patience,
      emit,
    );
  }

  function end(one: SinkInUse) {
    const { name } = one.plan;
    one.isClosed = true;
    const ended = Promise.all([ending.get(name), one.sender?.close()]).then(() => {
      if (ending.get(name) === ended) ending.delete(name);
    });
    ending.set(name, ended);
  }

  const spooledSinks = () => running.map(({ sink: { name, keptForS } }) => ({ name, keptForS }));
  const each = (action: (sender: Sender) => void) => {
    for (const { sender } of running) if (sender) action(sender);
  };

  return {
    spooledSinks,
    begin(opened) {
      store = opened;
      for (const one of running) {
        emit({ event: 'sink.added', sink: one.plan.name, address: one.plan.address });
        start(one);
      }
    },
    appended: () => each((sender) => sender.appended()),
    settled: () => each((sender) => sender.settled()),
    retryNow: () => each((sender) => sender.retryNow()),
    apply(next) {
      const before = running;
      current = next;
      running = planSinks(next, sinkEdges).map((plan) => before.find((one) => isSame(one.plan, plan)) ?? create(plan));
      const gone = before.filter((one) => !running.includes(one));
      const names = (all: readonly SinkInUse[]) => all.map(({ plan }) => plan.name).join();
      if (names(before) !== names(running)) store?.setSinks(spooledSinks());
      for (const { plan } of gone)
        if (!running.some((one) => one.plan.name === plan.name)) emit({ event: 'sink.removed', sink: plan.name });
      gone.forEach(end);
      for (const one of running.filter((each) => !before.includes(each))) {
        emit({ event: 'sink.added', sink: one.plan.name, address: one.plan.address });
        const formerEnded = ending.get(one.plan.name);
        if (formerEnded === undefined) start(one);
        else void formerEnded.then(() => start(one)); // one delivery at a time for one position
      }
    },
    outlets: () =>
      running.flatMap(({ plan: { name, address } }) =>
        store === null ? [] : [{ ...store.view(name), name, address }],
      ),
    async drained() {
      await Promise.all(running.map(({ plan }) => ending.get(plan.name))); // their successors have started then
      await Promise.all(running.map(({ sender }) => sender?.drained()));
    },
    close() {
      running.forEach(end);
      return Promise.all(ending.values());
    },
  };
}

function sinkEdgesOf(
  { clock, dial, httpPost, patience, ...edges }: Edges,
  emit: Emit,
  write: SinkEdges['write'],
): SinkEdges {
  const process = {
    version: edges.version,
    pid: edges.pid,
    nodeVersion: edges.nodeVersion,
    platform: `${edges.arch}-${edges.platform}`,
  };
  return { clock, dial, httpPost, patience, emit, write, process };
}

function isSame(a: SinkPlan, b: SinkPlan): boolean {
  return a.name === b.name && a.settings === b.settings;
}
