import { closeSync, constants, openSync } from 'node:fs';
import { systemCodeOf } from '../../errors.ts';
import { readRest, removeFifo } from './fifo.ts';

const soonMs = 10;
const latestMs = 2000; // between two looks at a FIFO into which nothing is written
const mostAStep = 16; // FIFOs
const mostStepMs = 8;

type HeldFifo = { readonly path: string; readonly onGone: () => void; dueMs: number; waitMs: number };

/**
 * Reads FIFOs that processes hold after their run, in turn, without a descriptor for each: such a
 * process would wait for ever if its pipe were full. What is read is dropped. A FIFO is opened,
 * read and closed every 2 s, and more often while something comes; when no process holds it any
 * more, its file is removed. Does not keep this process alive. Nothing here throws.
 *
 * The holders must have the FIFO open for reading as well, or they would get a SIGPIPE.
 */
export class FifoDrain {
  readonly #held = new Map<string, HeldFifo>();
  #timer: NodeJS.Timeout | null = null;
  #timerDueMs = 0;

  /** `onGone` is called when no process holds the FIFO, or its file is gone. */
  add(path: string, onGone: () => void = () => {}): void {
    this.#held.set(path, { path, onGone, dueMs: performance.now(), waitMs: soonMs });
    this.#setTimer(performance.now() + soonMs);
  }

  #setTimer(dueMs: number): void {
    if (this.#timer !== null && this.#timerDueMs <= dueMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => this.#step(), Math.max(1, dueMs - performance.now())).unref();
  }

  #step(): void {
    this.#timer = null;
    const nowMs = performance.now();
    let left = mostAStep;
    for (const fifo of [...this.#held.values()]) {
      if (fifo.dueMs > nowMs) continue;
      left -= 1;
      if (left < 0 || performance.now() - nowMs > mostStepMs) break;
      this.#held.delete(fifo.path); // and to the end: the others have their turn before it
      this.#held.set(fifo.path, fifo);
      this.#look(fifo, nowMs);
    }
    if (this.#held.size === 0) return;
    const next = Math.min(...[...this.#held.values()].map(({ dueMs }) => dueMs));
    this.#setTimer(Math.max(next, nowMs + soonMs));
  }

  #look(fifo: HeldFifo, nowMs: number): void {
    let bytes = 0;
    const isHeld = drainOnce(fifo.path, (length) => {
      bytes += length;
    });
    if (isHeld !== false) {
      fifo.waitMs = bytes > 0 ? soonMs : Math.min(latestMs, fifo.waitMs * 2);
      fifo.dueMs = nowMs + fifo.waitMs;
      return;
    }
    this.#held.delete(fifo.path);
    fifo.onGone();
  }
}

/**
 * Reads what is in a FIFO. False: no process holds it, and its file was removed, or is gone. Null:
 * it can't be opened now.
 */
function drainOnce(path: string, onBytes: (length: number) => void): boolean | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT' ? false : null;
  }
  try {
    if (!readRest(fd, (chunk) => onBytes(chunk.length))) return true;
    removeFifo(path);
    return false;
  } finally {
    closeSync(fd);
  }
}
