import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, readSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { join } from 'node:path';

/** The reading end of a FIFO that outlives many writers, one after the other. */
export type Fifo = {
  readonly path: string;
  /** Whether its file is still there: somebody may have cleaned up. */
  isThere(): boolean;
  /** Hands on what comes as it comes, until the next `settle`. Without it, `settle` reads all that the pipe holds, and a writer waits where that is full. */
  listen(): void;
  /** Reads what is there. True: nobody holds the writing end, and the pipe is ready for the next writer. False: it is held, or its file is gone. */
  settle(): boolean;
  /** After `settle` gave false: calls back when the last writer is gone. */
  onReleased(fn: () => void): void;
  /** Removes the file and closes. For a pipe that nobody writes to. */
  remove(): void;
  /** From now on what comes is thrown away, until the last writer is gone; then the file is removed. Does not keep the process alive. */
  abandon(): void;
};

const scratch = new Uint8Array(65_536); // one for all: what is read is handed on before the next read

const mostInPipeBytes = 1024 * 1024; // what a script has left behind is less; more comes from somebody who is still writing

/**
 * Opens the FIFO at `path`, which must exist. `onData` gets each chunk, which is overwritten after it returns. Throws what the
 * system says if it can't be opened.
 */
export function openFifo(path: string, onData: (chunk: Uint8Array) => void): Fifo {
  let readEnd = openReadEnd(path);
  let socket: Socket | null = null; // it closes the descriptor
  let isAbandoned = false;
  let isReleased = false;
  let released = () => {};

  /** The socket ends, and is gone, when nobody holds the writing end any more. */
  function startSocket(): Socket {
    isReleased = false;
    const started = readInto(readEnd, (chunk) => {
      if (!isAbandoned && socket === started) onData(chunk);
    });
    started.on('error', () => {});
    started.on('close', () => {
      if (socket !== started) return;
      isReleased = true;
      if (isAbandoned) removeFifo(path);
      released();
    });
    return started;
  }

  /** A descriptor of its own again, in place of the socket's. */
  function stopListening() {
    const next = openReadEnd(path);
    const former = socket;
    socket = null;
    former?.destroy();
    readEnd = next;
    isReleased = false; // by those who come
  }

  return {
    path,
    isThere: () => statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false,
    listen() {
      socket ??= startSocket();
    },
    settle() {
      if (socket === null) return readRest(readEnd, onData);
      if (!socket.destroyed && !readRest(readEnd, onData)) return false; // destroyed: it has seen the end, and closed the descriptor
      try {
        stopListening();
        return true;
      } catch {
        return false; // its file is gone; the socket ends, as if a last writer had gone
      }
    },
    onReleased(fn) {
      if (isReleased) fn();
      else released = fn;
      socket ??= startSocket();
    },
    remove() {
      removeFifo(path);
      socket ??= startSocket(); // which closes the descriptor once, however often it is told
      socket.destroy();
    },
    abandon() {
      isAbandoned = true;
      socket ??= startSocket();
      if (isReleased) removeFifo(path);
      else socket.unref();
    },
  };
}

function openReadEnd(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** Reads a descriptor as it fills, without a new buffer for each read: an output that is thrown away costs no memory. */
function readInto(fd: number, onData: (chunk: Uint8Array) => void): Socket {
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

/** True at end of file, false when a writer is left: it is empty for now, or gives more than a pipe can hold. */
function readRest(fd: number, onData: (chunk: Uint8Array) => void): boolean {
  for (let readBytes = 0; readBytes <= mostInPipeBytes; ) {
    try {
      const length = readSync(fd, scratch);
      if (length === 0) return true;
      onData(scratch.subarray(0, length));
      readBytes += length;
    } catch {
      return false; // EAGAIN
    }
  }
  return false;
}

/**
 * Reads the FIFOs that a former agent left in `dir` until their writers are gone, and removes each then: a plugin that
 * outlived its agent can finish what it has to say. Never throws.
 */
export function drainLeftovers(dir: string): void {
  for (const path of listFifos(dir)) {
    try {
      drain(path);
    } catch {
      removeFifo(path); // unreadable for us: nobody's that we know
    }
  }
}

/** Removes the FIFOs in `dir` that no process holds open any more, and `dir` itself where nothing is left in it. How many were removed, and how many are held. Never throws. */
export function removeIdleFifos(dir: string): { readonly removed: number; readonly held: number } {
  const pipes = listFifos(dir);
  const idle = pipes.filter(isIdle);
  for (const path of idle) removeFifo(path);
  try {
    rmdirSync(dir);
  } catch {
    // something is left in it, or it is not there
  }
  return { removed: idle.length, held: pipes.length - idle.length };
}

function isIdle(path: string): boolean {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return readSync(fd, scratch) === 0; // what a holder has written is taken from it as the next agent would, and thrown away
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // EAGAIN: it is held
  }
}

function drain(path: string) {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (readRest(fd, () => {})) {
    closeSync(fd); // no writer is left: of those the socket would wait for, none would ever go
    return removeFifo(path);
  }
  const socket = readInto(fd, () => {});
  socket.on('error', () => {});
  socket.on('close', () => removeFifo(path));
  socket.unref();
}

function listFifos(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
      entry.isFIFO() ? [join(dir, entry.name)] : [],
    );
  } catch {
    return []; // no folder, no leftovers
  }
}

/** The folder of an agent's FIFOs: in its state directory, or, where `tempDir` is given, one in there that belongs to this state directory alone. */
export function fifoFolder(stateDir: string, tempDir: string | null): string {
  const own = createHash('sha256').update(stateDir).digest('hex').slice(0, 12);
  return tempDir === null ? join(stateDir, 'pipes') : join(tempDir, `instrument_server-${own}`);
}

/** Removes a FIFO's file. Never throws. */
export function removeFifo(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // gone already, or its folder is
  }
}
