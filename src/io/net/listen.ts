import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { err, ok, type Result } from '../../model/result.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { codeOf } from '../errors.ts';
import { loadTls } from './builtins.ts';
import { type ConnectionFailure, explainConnectionFailure } from './connection-failure.ts';
import type { Connection, ConnectionHandlers } from './dial.ts';

/** Where to listen. Port 0: any free port. `tls` null: plain TCP. Both files are PEM. */
type ListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
};

/**
 * An incoming connection. `reset` breaks it as a crashed machine would; `pause` stops reading from
 * it.
 */
export type ServerConnection = Connection & { reset(): void; pause(): void };

/** The server's handlers of a connection. */
export type ServerHandlers = Pick<ConnectionHandlers, 'onData' | 'onEnd' | 'onClose'>;

/** A listening server. `close` destroys every connection and resolves when the port is free. */
type Listener = { readonly port: number; close(): Promise<void> };

/**
 * Begins to listen and calls `accept` for each connection, with TLS once the handshake is done.
 * Never rejects: a busy port is a failure.
 */
export type Listen = (
  options: ListenOptions,
  accept: (connection: ServerConnection) => ServerHandlers,
) => Promise<Result<Listener, ConnectionFailure>>;

/** Listens on this machine. */
export const listen: Listen = async (options, accept) => {
  const context = readContext(options);
  if (!context.ok) return context;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
    sockets.add(raw);
    raw.on('close', () => sockets.delete(raw));
    raw.on('error', () => {}); // the close follows, and an error of the TLS socket on top
    if (context.value === null) {
      serve(raw, raw, options, accept);
      return;
    }
    const secured = new (loadTls().TLSSocket)(raw, { isServer: true, secureContext: context.value });
    secured.on('error', () => {}); // the client reports a handshake that fails
    secured.once('secure', () => serve(secured, raw, options, accept));
  });
  const failure = await bind(server, options);
  if (failure !== null) return err(failure);
  const bound = server.address();
  return ok({
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
};

function serve(
  socket: Socket,
  raw: Socket,
  options: ListenOptions,
  accept: (connection: ServerConnection) => ServerHandlers,
): void {
  let handlers: ServerHandlers | null = null;
  const connection = attach(
    socket,
    {
      onData: (bytes) => handlers?.onData(bytes),
      onDrain: () => {},
      onFinish: () => {},
      onEnd: () => handlers?.onEnd(),
      onClose: (failure) => handlers?.onClose(failure),
    },
    (error) => explainConnectionFailure(error, options, { isOpen: true, isTls: options.tls !== null }),
  );
  handlers = accept({
    ...connection,
    reset: () => void raw.resetAndDestroy(), // a TLS socket can't reset, the one below it can
    pause: () => void socket.pause(),
  });
}

/** Connects an open socket to its handlers. `explain` makes data of an error. */
function attach(
  socket: Socket,
  handlers: ConnectionHandlers,
  explain: (error: unknown) => ConnectionFailure,
): Connection {
  let failure: ConnectionFailure | null = null;
  let isDestroyed = false;
  const unlessDestroyed =
    <Args extends readonly unknown[]>(handler: (...args: Args) => void) =>
    (...args: Args): void => {
      if (!isDestroyed) handler(...args);
    };
  socket.on('data', unlessDestroyed(handlers.onData));
  socket.on('drain', unlessDestroyed(handlers.onDrain));
  socket.on('finish', unlessDestroyed(handlers.onFinish));
  socket.on('end', unlessDestroyed(handlers.onEnd));
  socket.on('error', (error) => {
    failure = explain(error);
  });
  socket.on(
    'close',
    unlessDestroyed(() => handlers.onClose(failure)),
  );
  return {
    write: (text) => socket.write(text),
    end: () => void socket.end(),
    destroy: () => {
      isDestroyed = true;
      socket.destroy();
    },
  };
}

function readContext(options: ListenOptions): Result<SecureContext | null, ConnectionFailure> {
  if (options.tls === null) return ok(null);
  const { certFile, keyFile } = options.tls;
  try {
    return ok(loadTls().createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) }));
  } catch (error) {
    const code = codeOf(error);
    return err({
      code,
      detail: `the certificate ${certFile} and its key ${keyFile} can't be used (${code}); two PEM files are expected`,
    });
  }
}

function bind(server: Server, options: ListenOptions): Promise<ConnectionFailure | null> {
  return new Promise((resolve) => {
    server.on('error', (error) => resolve(explainListenFailure(codeOf(error), options)));
    server.listen({ host: options.host, port: options.port }, () => resolve(null));
  });
}

/** Says why the program can't listen on an address, and what to do. */
export function explainListenFailure(
  code: string,
  options: { readonly host: string; readonly port: number },
): ConnectionFailure {
  const where = formatHostPort(options);
  switch (code) {
    case 'EADDRINUSE':
      return {
        code,
        detail: `${where} is in use by another program (${code}); choose another port, or 0 for any free one`,
      };
    case 'EACCES':
      return { code, detail: `this user may not listen on ${where} (${code}); choose a port above 1023` };
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return { code, detail: `${options.host} is not an address of this host (${code}); 127.0.0.1 always is` };
    default:
      return { code, detail: `can't listen on ${where} (${code})` };
  }
}
