import { listen, type ServerConnection } from '../../src/io/net/listen.ts';
import { tlsFile } from './fake-collector.ts';

/** How the server behaves. At first as Carbon does. */
type CarbonMode = {
  /** Resets a connection after this many lines; null: never. */
  readonly resetAfter: number | null;
  /** Reads nothing from a connection, from its start. */
  readonly isDeaf: boolean;
  /** What it does after the client has half-closed. */
  readonly atEnd: 'closes' | 'resets' | 'stays';
  /** Answers this whenever something arrives; null: nothing. */
  readonly answer: string | null;
};

/**
 * A server that records lines as Carbon's plaintext listener does: it never answers, and closes
 * after its client has.
 */
export type FakeCarbon = {
  readonly port: number;
  /** Whole lines of all connections, in order of arrival. */
  readonly lines: readonly string[];
  /** The lines of each connection whose client has half-closed. */
  readonly batches: readonly (readonly string[])[];
  /** How many connections were opened. */
  readonly connections: () => number;
  setMode(change: Partial<CarbonMode>): void;
  /** Resolves once `holds` gives true; looked at after every event. */
  until(holds: (carbon: FakeCarbon) => boolean): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts the server on a free port. `tls` names a pair in `fixtures/tls`, such as `localhost`.
 * Throws if it can't listen.
 */
export async function fakeCarbon(
  options: { readonly host?: string; readonly port?: number; readonly tls?: string } = {},
): Promise<FakeCarbon> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  let mode: CarbonMode = { resetAfter: null, isDeaf: false, atEnd: 'closes', answer: null };
  const lines: string[] = [];
  const batches: string[][] = [];
  let connections = 0;
  const looks = new Set<() => void>();
  const lookAgain = () => {
    for (const look of [...looks]) look();
  };

  function accept(connection: ServerConnection) {
    const own: string[] = [];
    let rest = '';
    connections += 1;
    if (mode.isDeaf) connection.pause();
    lookAgain();
    return {
      onData(bytes: Uint8Array) {
        if (mode.answer !== null) connection.write(mode.answer);
        const parts = (rest + Buffer.from(bytes).toString('latin1')).split('\n');
        rest = parts.pop() ?? '';
        const taken = parts.slice(0, Math.max(0, (mode.resetAfter ?? Number.POSITIVE_INFINITY) - own.length));
        own.push(...taken);
        lines.push(...taken);
        if (own.length === mode.resetAfter) connection.reset();
        lookAgain();
      },
      onEnd() {
        batches.push(own);
        if (mode.atEnd === 'closes') connection.end();
        if (mode.atEnd === 'resets') connection.reset();
        lookAgain();
      },
      onClose: () => {},
    };
  }

  const certificate = tls === undefined ? null : { certFile: tlsFile(`${tls}.crt`), keyFile: tlsFile(`${tls}.key`) };
  const server = await listen({ host, port, tls: certificate }, accept);
  if (!server.ok) throw new Error(server.error.detail);
  const carbon: FakeCarbon = {
    port: server.value.port,
    lines,
    batches,
    connections: () => connections,
    setMode(change) {
      mode = { ...mode, ...change };
    },
    close: server.value.close,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(carbon)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
  };
  return carbon;
}
