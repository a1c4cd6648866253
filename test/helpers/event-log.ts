import type { Clock } from '../../src/io/clock.ts';
import { createRunLines, type LoggedEvent, type RunLine } from '../../src/log/run-lines.ts';

/** One kind of event. */
export type EventOf<Name extends LoggedEvent['event']> = Extract<LoggedEvent, { event: Name }>;

/** All events so far, and a way to wait for those to come. */
export type EventLog = {
  readonly emit: (event: LoggedEvent) => void;
  readonly all: readonly LoggedEvent[];
  /** Those of one kind so far. */
  of<Name extends LoggedEvent['event']>(name: Name): EventOf<Name>[];
  /**
   * The first of its kind that fits, past or to come; waits under the test's own limit. Each is
   * handed out once.
   */
  next<Name extends LoggedEvent['event']>(name: Name, fits?: (event: EventOf<Name>) => boolean): Promise<EventOf<Name>>;
};

/** An empty log. */
export function eventLog(): EventLog {
  const all: LoggedEvent[] = [];
  const handedOut = new Set<LoggedEvent>();
  const waiters = new Set<(event: LoggedEvent) => void>();
  const is = <Name extends LoggedEvent['event']>(event: LoggedEvent, name: Name): event is EventOf<Name> =>
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
        const take = (event: LoggedEvent) => {
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

/**
 * An empty log that holds, beside each event, the lines that the agent's log derives from it
 * (`run.failed` and the like).
 */
export function derivedEventLog(clock: Pick<Clock, 'monotonicMs'>): EventLog {
  const log = eventLog();
  const lines = createRunLines(clock);
  return {
    ...log,
    emit(event) {
      for (const line of isDerived(event) ? [event] : lines.of(event)) log.emit(line);
    },
  };
}

function isDerived(event: LoggedEvent): event is RunLine {
  return ['run.failed', 'run.recovered', 'run.bad-lines', 'run.overflowed'].includes(event.event);
}
