import type { AgentEvent, Emit } from '../../src/model/event.ts';

/** One kind of event. */
export type EventOf<Name extends AgentEvent['event']> = Extract<AgentEvent, { event: Name }>;

/** All that was told, and a way to wait for what will be. */
export type EventLog = {
  readonly emit: Emit;
  readonly all: readonly AgentEvent[];
  /** Those of one kind so far. */
  of<Name extends AgentEvent['event']>(name: Name): EventOf<Name>[];
  /** The first of its kind that fits, told already or yet to be; waits under the test's own limit. Each is handed out once. */
  next<Name extends AgentEvent['event']>(name: Name, fits?: (event: EventOf<Name>) => boolean): Promise<EventOf<Name>>;
};

/** An empty log. */
export function eventLog(): EventLog {
  const all: AgentEvent[] = [];
  const handedOut = new Set<AgentEvent>();
  const waiters = new Set<(event: AgentEvent) => void>();
  const is = <Name extends AgentEvent['event']>(event: AgentEvent, name: Name): event is EventOf<Name> =>
    event.event === name;
  return {
    all,
    emit(event) {
      all.push(event);
      for (const waiter of [...waiters]) waiter(event);
    },
    of: (name) => all.flatMap((event) => (is(event, name) ? [event] : [])),
    next(name, fits = () => true) {
      return new Promise((resolve) => {
        const take = (event: AgentEvent) => {
          if (!is(event, name) || handedOut.has(event) || !fits(event)) return false;
          handedOut.add(event);
          waiters.delete(take);
          resolve(event);
          return true;
        };
        if (!all.some(take)) waiters.add(take);
      });
    },
  };
}
