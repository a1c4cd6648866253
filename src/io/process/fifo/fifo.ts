import { constants, openSync, readSync, statSync, unlinkSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { libc } from '../../libc.ts';

/** The reading end of a FIFO. It outlives many writers, one after the other. */
export type Fifo = {
  readonly path: string;
  /** Whether its file is still there: another process may have removed it. */
  isThere(): boolean;
  /** Whether the last writer is gone, and the file with it. */
  isReleased(): boolean;
  /**
   * Hands on each chunk as it comes, until the next `settle`. Without it, `settle` reads all that
   * the pipe holds, and a writer that has filled the pipe waits.
   */
  listen(): void;
  /**
   * Reads what is in the pipe. True: no process holds the writing end, and the pipe is ready for
   * the next writer. False: a process holds it, or the file is gone.
   */
  settle(): boolean;
  /** Calls back when the last writer is gone. To be called after `settle` returned false. */
  onReleased(fn: () => void): void;
  /** Removes the file and closes. For a pipe that no process writes to. */
  remove(): void;
  /**
   * Drops what comes from now on. When the last writer is gone, removes the file and calls back.
   * Does not keep this process alive. Nothing but `letGo` may be called after it.
   */
  abandon(onGone?: () => void): void;
  /** Closes, and leaves the file to another reader. For a FIFO that was abandoned. */
  letGo(): void;
};

/**
 * What an open FIFO does between two calls:
 * - `resting`: what is written stays in the pipe. The descriptor is read by `settle` only.
 * - `listening`: a socket owns the descriptor and hands on each chunk as it comes.
 * - `abandoned`: the same, but chunks are dropped, and the file is removed at the end.
 * - `let-go`: closed, while a process holds it.
 * - `released`: the socket saw the last writer go, or was destroyed, and closed the descriptor.
 */
type FifoMode = 'resting' | 'listening' | 'abandoned' | 'let-go' | 'released';

const scratch = new Uint8Array(65_536); // one for all: each read is handed on before the next one

const mostInPipeBytes = 1024 * 1024; // a pipe holds less; more comes from a process that still writes

/**
 * Opens the FIFO at `path`, which must exist. `onData` gets each chunk, which is overwritten after
 * it returns. Throws the system's error if it can't be opened.
 */
export function openFifo(path: string, onData: (chunk: Uint8Array) => void): Fifo {
  return new OpenFifo(path, onData);
}

class OpenFifo implements Fifo {
  readonly path: string;
  readonly #onData: (chunk: Uint8Array) => void;
  #mode: FifoMode = 'resting';
  #fd: number;
  #socket: Socket | null = null; // null in mode `resting` only
  #onReleased = () => {};

  constructor(path: string, onData: (chunk: Uint8Array) => void) {
    this.path = path;
    this.#onData = onData;
    this.#fd = openReadEnd(path);
  }

  isReleased(): boolean {
    return this.#mode === 'released';
  }

  isThere(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.isFIFO() ?? false;
  }

  listen(): void {
    this.#socket ??= this.#startSocket();
  }

  settle(): boolean {
    if (this.#socket === null) return readRest(this.#fd, this.#onData);
    // A destroyed socket has seen the end and closed the descriptor.
    if (!this.#socket.destroyed && !readRest(this.#fd, this.#onData)) return false;
    try {
      this.#rest();
      return true;
    } catch {
      return false; // the file is gone; the socket ends as if the last writer had gone
    }
  }

  onReleased(fn: () => void): void {
    if (this.#mode === 'released') fn();
    else this.#onReleased = fn;
    this.#socket ??= this.#startSocket();
  }

  remove(): void {
    removeFifo(this.path);
    this.#socket ??= this.#startSocket(); // a socket closes the descriptor once, however often it is destroyed
    this.#socket.destroy();
  }

  abandon(onGone: () => void = () => {}): void {
    this.#socket ??= this.#startSocket();
    if (this.#mode === 'released') {
      removeFifo(this.path);
      onGone();
      return;
    }
    this.#mode = 'abandoned';
    this.#onReleased = onGone;
    this.#socket.unref();
  }

  letGo(): void {
    if (this.#mode !== 'abandoned') return;
    this.#mode = 'let-go';
    this.#onReleased = () => {};
    this.#socket?.destroy();
  }

  /** Starts to listen. The socket ends when no process holds the writing end any more. */
  #startSocket(): Socket {
    this.#mode = 'listening';
    const started = readInto(this.#fd, (chunk) => {
      if (this.#mode === 'listening' && this.#socket === started) this.#onData(chunk);
    });
    started.on('error', () => {});
    started.on('close', () => {
      if (this.#socket === started) this.#release();
    });
    return started;
  }

  #release(): void {
    if (this.#mode === 'let-go') return;
    if (this.#mode === 'abandoned') removeFifo(this.path);
    this.#mode = 'released';
    this.#onReleased();
  }

  /**
   * Opens a descriptor in place of the socket's. Throws if the file is gone, and changes nothing
   * then.
   */
  #rest(): void {
    const fd = openReadEnd(this.path);
    const former = this.#socket;
    this.#socket = null;
    former?.destroy();
    this.#fd = fd;
    this.#mode = 'resting';
  }
}

function openReadEnd(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * Reads a descriptor as it fills and closes it at the end. Makes no new buffer for each read: an
 * output that is dropped costs no memory.
 */
export function readInto(fd: number, onData: (chunk: Uint8Array) => void): Socket {
  const callback = (bytes: number) => {
    onData(scratch.subarray(0, bytes));
    return true;
  };
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread: { buffer: scratch, callback },
  };
  return new Socket(options).resume();
}

/**
 * Reads what is in the pipe. True at the end of file. False while a process holds the writing end:
 * the pipe is empty for now, or gives more than a pipe can hold.
 */
export function readRest(fd: number, onData: (chunk: Uint8Array) => void): boolean {
  for (let readBytes = 0; readBytes <= mostInPipeBytes; ) {
    const length = readNow(fd);
    if (length === 0) return true;
    if (length < 0) return false;
    onData(scratch.subarray(0, length));
    readBytes += length;
  }
  return false;
}

/** Reads into `scratch`. Negative: nothing can be read now. */
function readNow(fd: number): number {
  const read = libc()?.read;
  if (read) return read(fd, scratch);
  try {
    return readSync(fd, scratch);
  } catch {
    return -1; // EAGAIN
  }
}

/** Removes a FIFO's file. Never throws. */
export function removeFifo(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it is gone already, or its folder is
  }
}
