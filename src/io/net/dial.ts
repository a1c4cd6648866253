import type { Socket } from 'node:net';
import type { ProxySettings } from '../../model/config.ts';
import { readCa } from './ca-file.ts';
import { type ConnectionFailure, explainConnectionFailure, type PeerWords } from './connection-failure.ts';
import { throughProxy } from './proxy.ts';
import { openTunnel } from './tunnel.ts';
import { openWire, type SecuredWire, secureWire } from './wire.ts';

/**
 * Where to connect. `tls` null: plain TCP. `caFile` null: the well-known authorities. `peer` is
 * the program that is expected there; a collector by default. `proxy` is one to connect through.
 */
export type DialTarget = {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly caFile: string | null; readonly verify: boolean } | null;
  readonly peer?: PeerWords;
  readonly proxy?: ProxySettings | null;
};

/** One connection. No handler is called after `destroy`. */
export type Connection = {
  /** Sends text. False: enough is waiting; write more after `onDrain`. */
  write(text: string): boolean;
  /**
   * Half-closes once all is written; `onFinish` follows. What the other side did before that is
   * handled first. With TLS through a proxy only TLS is half-closed: see `secureWire`.
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
  const ca = readCa(target.tls?.caFile ?? null);
  if (!ca.ok) return failedConnection(ca.error, handlers);
  const dialed = new DialedConnection(target, ca.value, handlers);
  return { write: (text) => dialed.write(text), end: () => dialed.end(), destroy: () => dialed.destroy() };
};

class DialedConnection {
  readonly #target: DialTarget;
  readonly #ca: string | null;
  readonly #handlers: DialHandlers;
  readonly #wire: Socket;
  /** Null: without TLS, or the proxy has not answered yet. */
  #secured: SecuredWire | null = null;
  /** It is ready for use. */
  #isOpen = false;
  #isDestroyed = false;
  #failure: ConnectionFailure | null = null;

  constructor(target: DialTarget, ca: string | null, handlers: DialHandlers) {
    this.#target = target;
    this.#ca = ca;
    this.#handlers = handlers;
    const { host, port, proxy } = target;
    const onBytes = (bytes: Uint8Array) => (this.#secured ? this.#secured.receive(bytes) : this.#receive(bytes));
    if (proxy) {
      this.#wire = openTunnel(proxy, target, {
        onBytes,
        onOpen: () => this.#begin(),
        onFailed: (failure) => {
          if (!this.#isDestroyed) handlers.onClose(failure);
        },
      });
    } else {
      this.#wire = openWire({ host, port }, onBytes);
      this.#begin();
    }
  }

  write(text: string): boolean {
    return this.#socket.write(text);
  }

  end(): void {
    this.#socket.write('', () => this.#halfClose(turnsBeforeHalfClose));
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#socket.destroy();
    this.#wire.destroy();
  }

  /** What text is written to. */
  get #socket(): Socket {
    return this.#secured?.socket ?? this.#wire;
  }

  /** Begins to use the wire, which leads to the target, or will once it is connected. */
  #begin(): void {
    const { host, tls, proxy } = this.#target;
    const [wire, handlers] = [this.#wire, this.#handlers];
    const isTunnel = proxy !== undefined && proxy !== null;
    this.#secured = tls && secureWire(wire, { host, verify: tls.verify, ca: this.#ca }, isTunnel);
    const socket = this.#socket;

    this.#secured?.socket.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    if (isTunnel && tls === null) this.#opened();
    else socket.once(tls ? 'secureConnect' : 'connect', () => this.#opened());
    socket.on('drain', () => {
      if (!this.#isDestroyed) handlers.onDrain();
    });
    socket.on('error', (error) => {
      this.#fail(error);
      wire.destroy();
    });
    wire.on('error', (error) => this.#fail(error));
    wire.on('end', () => {
      if (this.#isOpen && !this.#isDestroyed) handlers.onEnd(); // otherwise the failure that follows says more
    });
    wire.on('close', () => {
      // Also without an error: the other side does not speak TLS.
      if (tls && !this.#isOpen) this.#fail(Object.assign(new Error('broken off'), { code: 'ECONNRESET' }));
      socket.destroy();
      if (!this.#isDestroyed) handlers.onClose(this.#failure);
    });
  }

  #opened(): void {
    this.#isOpen = true;
    if (!this.#isDestroyed) this.#handlers.onOpen();
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#isDestroyed) this.#handlers.onData(bytes);
  }

  #fail(error: unknown): void {
    const state = { isOpen: this.#isOpen, isTls: this.#target.tls !== null };
    const { code, detail } = explainConnectionFailure(error, this.#target, state, this.#target.peer);
    this.#failure ??= { code, detail: `${detail}${throughProxy(this.#target.proxy ?? null)}` };
  }

  /**
   * Half-closes some turns after all was written. Data, a close or a reset that the kernel already
   * holds is handled meanwhile, and so does not look like an answer to the half-close.
   */
  #halfClose(turns: number): void {
    if (this.#isDestroyed || this.#wire.destroyed) return;
    if (turns > 0) return void setImmediate(() => this.#halfClose(turns - 1));
    this.#socket.end();
    this.#handlers.onFinish();
  }
}

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
