import { closeSync, constants, existsSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/**
 * The reading end of a FIFO that outlives many writers. Between two writers the pipe holds a writing end of its own, so that
 * no end of file comes; only `settle` lets it go.
 */
export type Pipe = {
  readonly path: string;
  /** Whether its file is still there: somebody may have cleaned up. */
  isThere(): boolean;
  /** Reads what is there. True: nobody else holds the writing end, and the pipe is ready for the next writer. False: it is held, or spent. */
  settle(): boolean;
  /** After `settle` gave false: calls back when the last writer is gone. */
  onReleased(fn: () => void): void;
  /** Removes the file and closes. For a pipe that nobody writes to. */
  remove(): void;
  /** From now on what comes is thrown away, until the last writer is gone; then the file is removed. Does not keep the process alive. */
  abandon(): void;
};

const scratch = Buffer.allocUnsafe(65_536);

/** Opens the FIFO at `path`, which must exist. `onData` gets each chunk; it may keep it. Throws what the system says if it can't be opened. */
export function openPipe(path: string, onData: (chunk: Uint8Array) => void): Pipe {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let writeEnd: number | null = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd: readEnd, readable: true, writable: false });
  let isAbandoned = false;
  let isReleased = false;
  let released = () => {};
  socket.on('data', (chunk) => {
    if (!isAbandoned) onData(chunk);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isReleased = true;
    if (isAbandoned) removeFile(path);
    released();
  });
  function letGo() {
    if (writeEnd !== null) closeSync(writeEnd);
    writeEnd = null;
  }
  return {
    path,
    isThere: () => existsSync(path),
    settle() {
      letGo();
      if (!readRest(readEnd, onData)) return false;
      try {
        writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK); // in the same turn of the loop: the socket sees no end
        return true;
      } catch {
        return false; // its file is gone; the socket ends, as if a last writer had gone
      }
    },
    onReleased(fn) {
      if (isReleased) fn();
      else released = fn;
    },
    remove() {
      removeFile(path);
      letGo();
      socket.destroy();
    },
    abandon() {
      isAbandoned = true;
      letGo();
      if (isReleased) removeFile(path);
      else socket.unref();
    },
  };
}

/** True at end of file, false when a writer is left. */
function readRest(fd: number, onData: (chunk: Uint8Array) => void): boolean {
  for (;;) {
    try {
      const length = readSync(fd, scratch);
      if (length === 0) return true;
      onData(Uint8Array.prototype.slice.call(scratch, 0, length));
    } catch {
      return false; // EAGAIN: open elsewhere, and empty for now
    }
  }
}

/**
 * Reads the FIFOs that a former agent left in `dir` until their writers are gone, and removes each then: a plugin that
 * outlived its agent can finish what it has to say. Never throws.
 */
export function drainLeftovers(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (!entry.isFIFO()) continue;
    try {
      const socket = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
      socket.on('error', () => {});
      socket.on('close', () => removeFile(path));
      socket.resume().unref();
    } catch {
      removeFile(path); // unreadable for us: nobody's that we know
    }
  }
}

function removeFile(path: string) {
  try {
    unlinkSync(path);
  } catch {
    // gone already, or its folder is
  }
}
