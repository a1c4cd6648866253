import { readCa } from './ca-file.ts';
import { type ConnectionFailure, explainConnectionFailure, type PeerWords } from './connection-failure.ts';
import { openWire, secureWire } from './wire.ts';

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
  /** All was handed to the system, and the half-close with it, or in the next moment. */
  onFinish(): void;
  /** The other side closed in order. A connection we opened is then closed from here too. */
  onEnd(): void;
  onClose(failure: ConnectionFailure | null): void;
};

/** The handlers of a connection that is being opened. `onOpen`: it is ready for use, and with TLS its certificate was accepted. */
type DialHandlers = ConnectionHandlers & { onOpen(): void };

/** Opens a connection. Never throws: trouble of any kind comes as `onClose`, never before this has returned. */
export type Dial = (target: DialTarget, handlers: DialHandlers) => Connection;

/** So many turns of the loop pass between the last byte and our half-close. */
const turnsBeforeHalfClose = 4;

/** Opens TCP or TLS connections from this machine. */
export const dial: Dial = (target, handlers) => {
  const { tls } = target;
  const ca = readCa(tls?.caFile ?? null);
  if (!ca.ok) return failedConnection(ca.error, handlers);
  let isOpen = false;
  let isDestroyed = false;
  let failure: ConnectionFailure | null = null;
  const wire = openWire({ host: target.host, port: target.port }, (bytes) =>
    secured ? secured.take(bytes) : hear(bytes),
  );
  const secured = tls === null ? null : secureWire(wire, { host: target.host, verify: tls.verify, ca: ca.value });
  const socket = secured?.socket ?? wire;

  secured?.socket.on('data', hear);
  socket.once(secured ? 'secureConnect' : 'connect', () => {
    isOpen = true;
    if (!isDestroyed) handlers.onOpen();
  });
  socket.on('drain', () => {
    if (!isDestroyed) handlers.onDrain();
  });
  socket.on('error', (error) => {
    failed(error);
    wire.destroy();
  });
  wire.on('error', failed);
  wire.on('end', () => {
    if (isOpen && !isDestroyed) handlers.onEnd(); // before that the failure which follows says more
  });
  wire.on('close', () => {
    if (secured && !isOpen) failed(Object.assign(new Error('broken off'), { code: 'ECONNRESET' })); // in order, even: it does not speak TLS
    socket.destroy();
    if (!isDestroyed) handlers.onClose(failure);
  });

  function hear(bytes: Uint8Array): void {
    if (!isDestroyed) handlers.onData(bytes);
  }

  function failed(error: unknown): void {
    failure ??= explainConnectionFailure(error, target, { isOpen, isTls: secured !== null }, target.peer);
  }

  /** Some turns after all was written: a word, a close or a reset that the kernel already holds is heard meanwhile, and so is not taken for an answer to ours. */
  function halfClose(turns: number): void {
    if (isDestroyed || wire.destroyed) return;
    if (turns > 0) return void setImmediate(halfClose, turns - 1);
    socket.end();
    handlers.onFinish();
  }

  return {
    write: (text) => socket.write(text),
    end: () => void socket.write('', () => halfClose(turnsBeforeHalfClose)),
    destroy() {
      isDestroyed = true;
      socket.destroy();
      wire.destroy();
    },
  };
};

function failedConnection(failure: ConnectionFailure, handlers: DialHandlers): Connection {
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
