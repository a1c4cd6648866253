import { fileURLToPath } from 'node:url';
import { type StandInMode, startStandInCollector } from '../../src/collector/stand-in-collector.ts';
import { listen } from '../../src/io/net/listen.ts';

/** A file of `fixtures/tls`, as an absolute path. */
export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
}

/**
 * One connection as the collector saw it. `hasEnded`: the client has half-closed; `isClosed`: the
 * connection is closed.
 */
type FakeConnection = {
  hello: string | null;
  key: string | null;
  readonly lines: string[];
  hasEnded: boolean;
  isClosed: boolean;
};

/** A stand-in collector that records what it receives. */
export type FakeCollector = {
  readonly port: number;
  /** Data lines of all connections, in order of arrival. */
  readonly lines: readonly string[];
  /** The data lines of each connection whose client has half-closed after sending some. */
  readonly batches: readonly (readonly string[])[];
  readonly connections: readonly FakeConnection[];
  setMode(change: Partial<StandInMode>): void;
  /** Resolves with all data lines once there are `count` of them. */
  waitForLines(count: number): Promise<readonly string[]>;
  /** Resolves once `holds` gives true; looked at after every event. */
  until(holds: (collector: FakeCollector) => boolean): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts a stand-in collector on a free port. `tls` names a pair in `fixtures/tls`, such as
 * `localhost`. Throws if it can't listen.
 */
export async function fakeCollector(
  options: Partial<StandInMode> & { readonly host?: string; readonly port?: number; readonly tls?: string } = {},
): Promise<FakeCollector> {
  const { host = '127.0.0.1', port = 0, tls, ...mode } = options;
  const lines: string[] = [];
  const batches: string[][] = [];
  const connections: FakeConnection[] = [];
  const waiters = new Set<() => void>();
  const connection = (id: number): FakeConnection => {
    const found = connections[id - 1];
    if (!found) throw new Error(`connection ${id} was never opened`);
    return found;
  };

  const started = await startStandInCollector(
    listen,
    {
      listen: { host, port },
      tls: tls === undefined ? null : { certFile: tlsFile(`${tls}.crt`), keyFile: tlsFile(`${tls}.key`) },
      refuse: false,
      resetAfter: null,
      stall: null,
      neverClose: false,
    },
    (event) => {
      if (event.kind === 'opened')
        connections.push({ hello: null, key: null, lines: [], hasEnded: false, isClosed: false });
      else if (event.kind === 'line') record(connection(event.connection), event.line, event.isData);
      else if (event.kind === 'closed') connection(event.connection).isClosed = true;
      else {
        connection(event.connection).hasEnded = true;
        if (connection(event.connection).lines.length > 0) batches.push(connection(event.connection).lines);
      }
      for (const look of waiters) look();
    },
  );
  if (!started.ok) throw new Error(started.error);
  const { value } = started;
  value.setMode(mode);

  function record(to: FakeConnection, line: string, isData: boolean): void {
    if (isData) {
      to.lines.push(line);
      lines.push(line);
    } else if (line.startsWith('authenticate ')) to.key = line.slice('authenticate '.length);
    else to.hello = line;
  }

  const collector: FakeCollector = {
    port: value.port,
    lines,
    batches,
    connections,
    setMode: value.setMode,
    close: value.close,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(collector)) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
    waitForLines: async (count) => {
      await collector.until(() => lines.length >= count);
      return lines;
    },
  };
  return collector;
}
