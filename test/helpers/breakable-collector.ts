import { type Collector, type CollectorMode, startCollector } from '../../src/collector/collector.ts';
import { type Listen, listen, type ServerConnection } from '../../src/io/net/listen.ts';
import { tlsFile } from './fake-collector.ts';

/** What came over one connection. */
export type ConnectionRecord = {
  /** The process that opened it, as its hello says; null: it said none. */
  pid: number | null;
  readonly lines: string[];
  readonly openedMs: number;
  closedMs: number | null;
  /** The client has half-closed and was answered with a close in order; nothing broke the connection before that was done. */
  isInOrder: boolean;
};

/** What happens in a delivery: a data line came, the client half-closed, the connection is gone. */
export type DeliveryMoment = 'line' | 'half-close' | 'close';

/** A collector that goes away and comes back under the same address. */
export type BreakableCollector = {
  /** `tcp://HOST:PORT` or `tls://HOST:PORT`. */
  readonly address: string;
  readonly connections: readonly ConnectionRecord[];
  /** Called at each moment of a delivery, before the collector answers it. */
  onMoment: (moment: DeliveryMoment, pid: number | null) => void;
  setMode(change: Partial<CollectorMode>): void;
  /** How many connections in a row it took a batch on and did not close. */
  unclosedInARow(): number;
  /** Whether it still falls silent at a step: it ends a stall by itself where the agent would draw a conclusion from it. */
  isStalling(): boolean;
  /** Nobody listens any more. `isAbrupt`: open connections are reset. */
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
 * Starts one on an address of its own, `host`, so that nobody else takes its port while it is away. It accepts only `key`. It never leaves more than two
 * deliveries in a row without their close: after three the agent would rightly take it for a collector that never closes.
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
  let mode: Partial<CollectorMode> = { acceptKey: key };
  let unclosed = 0;
  let running: Collector | null = null;
  let port = 0;

  const listenAndHold: Listen = (where, accept) =>
    listen(where, (connection) => {
      accepted = connection;
      return accept(connection);
    });

  function setMode(change: Partial<CollectorMode>): void {
    mode = { ...mode, ...change };
    running?.setMode(change);
  }

  /** Told that one more delivery will not be closed on; ends the stall where that would be one too many. */
  function leaveUnclosed(): boolean {
    if (unclosed >= 2) setMode({ stall: null });
    else unclosed += 1;
    return mode.stall !== null;
  }

  async function start(): Promise<void> {
    const generation = new Map<number, Open>();
    open = generation;
    const started = await startCollector(
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
        entry.isAnswered = false; // whatever was answered may not get there
        if (isAbrupt || entry.holdsUnread) entry.connection.reset(); // what this process has read for it and not handed on would be closed on in order
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
