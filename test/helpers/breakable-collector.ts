import {
  type StandInCollector,
  type StandInMode,
  startStandInCollector,
} from '../../src/collector/stand-in-collector.ts';
import { type Listen, listen, type ServerConnection } from '../../src/io/net/listen.ts';
import { tlsFile } from './fake-collector.ts';

/** What arrived over one connection. */
export type ConnectionRecord = {
  /** The process that opened it, from its hello; null: not known yet. */
  pid: number | null;
  readonly lines: string[];
  readonly openedMs: number;
  closedMs: number | null;
  /**
   * The client has half-closed, and the collector closed in order before anything broke the
   * connection.
   */
  isInOrder: boolean;
};

/**
 * What happens in a delivery: a data line arrived, the client half-closed, the connection is
 * closed.
 */
export type DeliveryMoment = 'line' | 'half-close' | 'close';

/** A stand-in collector that goes away and comes back at the same address. */
export type BreakableCollector = {
  /** `tcp://HOST:PORT` or `tls://HOST:PORT`. */
  readonly address: string;
  readonly connections: readonly ConnectionRecord[];
  /** Called at each moment of a delivery, before the collector answers it. */
  onMoment: (moment: DeliveryMoment, pid: number | null) => void;
  setMode(change: Partial<StandInMode>): void;
  /** How many connections in a row it received a batch on and did not close. */
  unclosedInARow(): number;
  /**
   * Whether it still stalls at a step. It ends a stall before the agent would conclude that it
   * never closes.
   */
  isStalling(): boolean;
  /** Stops listening. `isAbrupt`: open connections are reset. */
  goAway(isAbrupt: boolean): Promise<void>;
  comeBack(): Promise<void>;
};

type Open = {
  readonly record: ConnectionRecord;
  readonly connection: ServerConnection;
  isAnswered: boolean;
  holdsUnread: boolean;
};

/**
 * Starts it at an address of its own, `host`, so that no other program takes its port while it is
 * away. It accepts only `key`. It leaves at most two deliveries in a row without a close: after
 * three the agent would rightly conclude that the collector never closes.
 */
export async function breakableCollector(options: {
  readonly host: string;
  readonly isTls: boolean;
  readonly key: string;
}): Promise<BreakableCollector> {
  const { host, isTls, key } = options;
  const connections: ConnectionRecord[] = [];
  let open = new Map<number, Open>(); // by the running collector's own count
  let accepted: ServerConnection | null = null;
  let mode: Partial<StandInMode> = { acceptKey: key };
  let unclosed = 0;
  let running: StandInCollector | null = null;
  let port = 0;

  const listenAndHold: Listen = (where, accept) =>
    listen(where, (connection) => {
      accepted = connection;
      return accept(connection);
    });

  function setMode(change: Partial<StandInMode>): void {
    mode = { ...mode, ...change };
    running?.setMode(change);
  }

  /**
   * Counts one more delivery that will not be closed, or ends the stall if that is one too many.
   */
  function leaveUnclosed(): boolean {
    if (unclosed >= 2) setMode({ stall: null });
    else unclosed += 1;
    return mode.stall !== null;
  }

  async function start(): Promise<void> {
    const generation = new Map<number, Open>();
    open = generation;
    const started = await startStandInCollector(
      listenAndHold,
      {
        listen: { host, port },
        tls: isTls ? { certFile: tlsFile('localhost.crt'), keyFile: tlsFile('localhost.key') } : null,
        refuse: false,
        resetAfter: null,
        stall: null,
        neverClose: false,
      },
      (event) => {
        if (event.kind === 'opened') {
          if (accepted === null) throw new Error('a connection came from nowhere');
          const record = { pid: null, lines: [], openedMs: performance.now(), closedMs: null, isInOrder: false };
          connections.push(record);
          generation.set(event.connection, { record, connection: accepted, isAnswered: false, holdsUnread: false });
          return;
        }
        const entry = generation.get(event.connection);
        if (!entry) return;
        const { record } = entry;
        if (event.kind === 'line' && event.isData) {
          record.lines.push(event.line);
          collector.onMoment('line', record.pid);
        } else if (event.kind === 'line') {
          record.pid ??= Number(/ pid (\d+) /.exec(event.line)?.[1] ?? Number.NaN);
          if (event.line.startsWith('authenticate ') && mode.stall === 'data') entry.holdsUnread = leaveUnclosed();
        } else if (event.kind === 'ended') {
          entry.isAnswered = mode.stall !== 'close' || !leaveUnclosed();
          collector.onMoment('half-close', record.pid);
        } else {
          record.closedMs = performance.now();
          record.isInOrder = entry.isAnswered;
          if (record.isInOrder) unclosed = 0;
          generation.delete(event.connection);
          collector.onMoment('close', record.pid);
        }
      },
    );
    if (!started.ok) throw new Error(started.error);
    running = started.value;
    port = started.value.port;
    running.setMode(mode);
  }

  const collector: BreakableCollector = {
    get address() {
      return `${isTls ? 'tls' : 'tcp'}://${host}:${port}`;
    },
    connections,
    onMoment: () => {},
    setMode,
    unclosedInARow: () => unclosed,
    isStalling: () => mode.stall !== undefined && mode.stall !== null,
    async goAway(isAbrupt) {
      for (const entry of open.values()) {
        entry.isAnswered = false; // an answer on the way may not arrive
        // with data that was read and not handed on, closing in order would confirm lines that
        // were never recorded
        if (isAbrupt || entry.holdsUnread) entry.connection.reset();
      }
      const closing = running;
      running = null;
      await closing?.close();
    },
    comeBack: start,
  };
  await start();
  return collector;
}
