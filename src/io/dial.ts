import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { readCa } from './ca-file.ts';
import { type DialFailure, explainDialFailure, type PeerWords } from './dial-failure.ts';

/** Where to connect. `tls` null: plain TCP; `caFile` null: the well-known authorities. `peer`: who is expected there; a collector, where nothing is said. */
export type DialTarget = {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly caFile: string | null; readonly verify: boolean } | null;
  readonly peer?: PeerWords;
};

/** One open connection. After `destroy` no handler is called any more. */
export type Connection = {
  /** Takes text to send. False: enough is waiting, write on after `onDrain`. */
  write(text: string): boolean;
  /** Half-closes once all is written: `onFinish` follows. What the other side had done before is heard first. */
  end(): void;
  destroy(): void;
};

/** What happens on a connection. `onClose` comes last and once, with the reason if it was not in order. */
export type ConnectionHandlers = {
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  /** All was handed to the system, and the half-close with it. */
  onFinish(): void;
  /** The other side closed in order. A connection we opened is then closed from here too. */
  onEnd(): void;
  onClose(failure: DialFailure | null): void;
};

/** The handlers of a connection that is being opened. `onOpen`: it is ready for use, and with TLS its certificate was accepted. */
type DialHandlers = ConnectionHandlers & { onOpen(): void };

/** Opens a connection. Never throws: trouble of any kind comes as `onClose`, never before this has returned. */
export type Dial = (target: DialTarget, handlers: DialHandlers) => Connection;

/** Opens TCP or TLS connections from this machine. */
export const dial: Dial = (target, handlers) => {
  const opened = open(target);
  if ('failure' in opened) return failedConnection(opened.failure, handlers);
  const { socket } = opened;
  let isOpen = false;
  socket.once(target.tls === null ? 'connect' : 'secureConnect', () => {
    isOpen = true;
    handlers.onOpen();
  });
  const onEnd = (): void => {
    if (isOpen) handlers.onEnd(); // before that the error which follows says more
  };
  const explain = (error: unknown): DialFailure => explainDialFailure(error, target, { isOpen, isTls: target.tls !== null }, target.peer);
  return attach(socket, { ...handlers, onEnd }, explain);
};

/** Joins an open or opening socket to its handlers; `explain` makes data of an error. */
export function attach(socket: Socket, handlers: ConnectionHandlers, explain: (error: unknown) => DialFailure): Connection {
  let failure: DialFailure | null = null;
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
    // Once all is written, two turns of the loop: a close or reset that the kernel already holds is read in between, and so is not
    // taken for an answer to ours.
    end: () => void socket.write('', () => setImmediate(() => setImmediate(() => halfClose(socket)))),
    destroy: () => {
      isDestroyed = true;
      socket.destroy();
    },
  };
}

/**
 * A reset that comes before TLS says its farewell is lost: the farewell meets the error and keeps it, and the next read looks like a close in order. But a
 * socket that was reset has no other side any more. It is asked right after the farewell was written: a reset that comes later is met by a read, as it should,
 * and until our half-close has left, in the next turn, no close in order takes the other side away.
 */
function halfClose(socket: Socket): void {
  socket.end();
  if (socket.remoteAddress === undefined) socket.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
}

function open(target: DialTarget): { readonly socket: Socket } | { readonly failure: DialFailure } {
  const { host, port, tls } = target;
  if (tls === null) return { socket: connectTcp({ host, port, noDelay: true }) };
  const ca = readCa(tls.caFile);
  if (!ca.ok) return { failure: ca.error };
  const socket = connectTls({
    host,
    port,
    rejectUnauthorized: tls.verify,
    ...(isIP(host) === 0 ? { servername: host } : {}), // TLS has no server name for an address
    ...(ca.value === null ? {} : { ca: ca.value }),
  });
  socket.setNoDelay(true);
  return { socket };
}

function failedConnection(failure: DialFailure, handlers: DialHandlers): Connection {
  let isDestroyed = false;
  queueMicrotask(() => {
    if (!isDestroyed) handlers.onClose(failure);
  });
  return {
    write: () => true,
    end: () => {},
    destroy: () => {
      isDestroyed = true;
    },
  };
}
