/**
 * The stand-in collector: a server that speaks Instrumental's protocol on this machine, to try an
 * agent against. The command `instrument_server collector` runs it, and so do the tests.
 */
import type { Listen, ServerConnection, ServerHandlers } from '../io/net/listen.ts';
import { ok, type Result } from '../model/result.ts';

/** How the stand-in collector behaves. All of it can change while it runs. */
export type StandInMode = {
  /** Answers `fail` to every key. */
  readonly refuse: boolean;
  /** Answers `fail` to every key but this one; null: accepts any key. */
  readonly acceptKey: string | null;
  /** Resets a connection after this many data lines; null: never. */
  readonly resetAfter: number | null;
  /** The step at which it becomes silent: it does not answer, reads no data, or does not close. */
  readonly stall: 'hello' | 'authenticate' | 'data' | 'close' | null;
  /** Reads everything and leaves every connection open, as `stall: 'close'` does. */
  readonly neverClose: boolean;
  /** Sends each byte of an answer separately. */
  readonly byteAtATime: boolean;
};

/**
 * Where it listens, and how it behaves at first. `tls` null: plain TCP. Until `setMode`, there
 * is no `acceptKey`, and each answer is sent whole.
 */
export type StandInOptions = Pick<StandInMode, 'refuse' | 'resetAfter' | 'stall' | 'neverClose'> & {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
};

/** What happens on a connection; `connection` counts from 1. */
export type StandInEvent =
  | { readonly kind: 'opened'; readonly connection: number }
  | { readonly kind: 'line'; readonly connection: number; readonly line: string; readonly isData: boolean }
  /** The client has half-closed. */
  | { readonly kind: 'ended'; readonly connection: number }
  | { readonly kind: 'closed'; readonly connection: number };

/** A running stand-in collector. */
export type StandInCollector = {
  readonly port: number;
  setMode(change: Partial<StandInMode>): void;
  close(): Promise<void>;
};

/**
 * Starts a stand-in collector. It answers `ok` to hello and to authenticate, reports every line to
 * `onEvent`, and answers a client's half-close by closing in order. Never rejects: if it can't
 * listen, it returns a sentence that says why.
 */
export async function startStandInCollector(
  listen: Listen,
  options: StandInOptions,
  onEvent: (event: StandInEvent) => void,
): Promise<Result<StandInCollector, string>> {
  const { refuse, resetAfter, stall, neverClose } = options;
  let mode: StandInMode = { refuse, resetAfter, stall, neverClose, acceptKey: null, byteAtATime: false };
  let connections = 0;
  const listener = await listen({ ...options.listen, tls: options.tls }, (connection) => {
    connections += 1;
    return serve(connection, connections, () => mode, onEvent);
  });
  if (!listener.ok) return { ok: false, error: listener.error.detail };
  return ok({
    port: listener.value.port,
    setMode: (change) => {
      mode = { ...mode, ...change };
    },
    close: listener.value.close,
  });
}

function serve(
  connection: ServerConnection,
  id: number,
  mode: () => StandInMode,
  onEvent: (event: StandInEvent) => void,
): ServerHandlers {
  let rest = '';
  let isAuthenticated = false;
  let isReset = false;
  let dataLines = 0;
  onEvent({ kind: 'opened', connection: id });
  return {
    onData(bytes) {
      const lines = (rest + Buffer.from(bytes).toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (!isReset) take(line.replace(/\r$/, ''));
    },
    onEnd() {
      if (isReset) return; // with TLS, this side's own reset arrives as an end
      onEvent({ kind: 'ended', connection: id });
      if (!mode().neverClose && mode().stall !== 'close') connection.end();
    },
    onClose: () => onEvent({ kind: 'closed', connection: id }),
  };

  function take(line: string): void {
    const [command = '', ...words] = line.split(' ');
    const isData = isAuthenticated;
    onEvent({ kind: 'line', connection: id, line, isData });
    if (isData) countData();
    else if (command === 'hello') answer('hello', 'ok');
    else if (command === 'authenticate') authenticate(words.join(' '));
    else answer('hello', 'fail');
  }

  function authenticate(key: string): void {
    const { refuse, acceptKey, stall } = mode();
    isAuthenticated = !refuse && (acceptKey === null || acceptKey === key) && stall !== 'authenticate';
    answer('authenticate', isAuthenticated ? 'ok' : 'fail');
    if (isAuthenticated && stall === 'data') connection.pause();
  }

  function answer(step: 'hello' | 'authenticate', word: string): void {
    if (mode().stall === step) return;
    for (const part of mode().byteAtATime ? `${word}\n` : [`${word}\n`]) connection.write(part);
  }

  function countData(): void {
    dataLines += 1;
    const { resetAfter } = mode();
    if (resetAfter === null || dataLines < resetAfter) return;
    isReset = true;
    connection.reset();
  }
}
