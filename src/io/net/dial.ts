import { readCa } from './ca-file.ts';
import { type ConnectionFailure, explainConnectionFailure, type PeerWords } from './connection-failure.ts';
import { openWire, secureWire } from './wire.ts';

/**
 * Where to connect. `tls` null: plain TCP. `caFile` null: the well-known authorities. `peer` is
 * the program that is expected there; a collector by default.
 */
export type DialTarget = {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly caFile: string | null; readonly verify: boolean } | null;
  readonly peer?: PeerWords;
};

/** One connection. No handler is called after `destroy`. */
export type Connection = {
  /** Sends text. False: enough is waiting; write more after `onDrain`. */
  write(text: string): boolean;
  /**
   * Half-closes once all is written; `onFinish` follows. What the other side did before that is
   * handled first.
   */
  end(): void;
  destroy(): void;
};

/** Handlers of a connection. `onClose` comes last and once, with the failure if there was one. */
export type ConnectionHandlers = {
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  /** The system has all that was written, and has the half-close or gets it in the next moment. */
  onFinish(): void;
  /**
   * The other side closed without an error. A connection that was dialed is then closed here too.
   */
  onEnd(): void;
  onClose(failure: ConnectionFailure | null): void;
};

/**
 * Handlers of a connection that is being opened. `onOpen`: it is ready for use, and with TLS the
 * certificate was accepted.
 */
type DialHandlers = ConnectionHandlers & { onOpen(): void };

/**
 * Opens a connection. Never throws: each failure comes as `onClose`, never before this has
 * returned.
 */
export type Dial = (target: DialTarget, handlers: DialHandlers) => Connection;

const turnsBeforeHalfClose = 4; // of the event loop, after the last byte

/** Opens TCP or TLS connections from this machine. */
export const dial: Dial = (target, handlers) => {
  const { tls } = target;
  const ca = readCa(tls?.caFile ?? null);
  if (!ca.ok) return failedConnection(ca.error, handlers);
  let isOpen = false;
  let isDestroyed = false;
  let failure: ConnectionFailure | null = null;
  const wire = openWire({ host: target.host, port: target.port }, (bytes) =>
    secured ? secured.receive(bytes) : receive(bytes),
  );
  const secured = tls === null ? null : secureWire(wire, { host: target.host, verify: tls.verify, ca: ca.value });
  const socket = secured?.socket ?? wire;

  secured?.socket.on('data', receive);
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
    if (isOpen && !isDestroyed) handlers.onEnd(); // otherwise the failure that follows says more
  });
  wire.on('close', () => {
    // Also without an error: the other side does not speak TLS.
    if (secured && !isOpen) failed(Object.assign(new Error('broken off'), { code: 'ECONNRESET' }));
    socket.destroy();
    if (!isDestroyed) handlers.onClose(failure);
  });

  function receive(bytes: Uint8Array): void {
    if (!isDestroyed) handlers.onData(bytes);
  }

  function failed(error: unknown): void {
    failure ??= explainConnectionFailure(error, target, { isOpen, isTls: secured !== null }, target.peer);
  }

  /**
   * Half-closes some turns after all was written. Data, a close or a reset that the kernel already
   * holds is handled meanwhile, and so does not look like an answer to the half-close.
   */
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
