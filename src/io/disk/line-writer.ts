import { writeSync } from 'node:fs';
import { counted } from '../../words/counted.ts';
import { systemClock } from '../clock.ts';
import { codeOf } from '../errors.ts';

/**
 * Writes to a descriptor, in order and whole texts only. Holds what can't be written now. Nothing
 * here throws.
 */
export type LineWriter = {
  /**
   * Writes a line of the log. The line is lost if more than 256 KiB are waiting. Returns a
   * sentence with the number of lost lines as soon as a line can be written again, and null
   * otherwise.
   */
  write(fd: number, line: string): string | null;
  /**
   * Writes text that must not be lost. Resolves when it is written, rejects when no process reads
   * the pipe any more.
   */
  print(fd: number, text: string): Promise<void>;
  /** Tries once more to write what is waiting. */
  flush(fd: number): void;
};

/** A printed text that is not written yet: it ends at this byte of all that was ever written. */
type WaitingPrint = {
  readonly endsAt: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

const mostWaitingBytes = 256 * 1024;
const retryMs = 50;
const retrySoonMs = 2; // while a process reads

/** Makes a writer. */
export function createLineWriter(): LineWriter {
  return new WaitingLineWriter();
}

/** *Up to date* while `#waiting` is empty; otherwise it tries to write again at the next call. */
class WaitingLineWriter implements LineWriter {
  #waiting = Buffer.alloc(0);
  #writtenBytes = 0;
  #prints: WaitingPrint[] = []; // while there are any, a timer tries to write again
  #isRetrying = false;
  #linesLost = 0;
  #errorCode = ''; // of the last failed write

  write(fd: number, line: string): string | null {
    if (this.#waiting.length > 0) this.#drain(fd);
    if (this.#waiting.length > 0 && this.#waiting.length + line.length > mostWaitingBytes) this.#linesLost += 1;
    else this.#add(fd, line);
    return this.#waiting.length > 0 || this.#linesLost === 0 ? null : this.#reportLost();
  }

  print(fd: number, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const endsAt = this.#writtenBytes + this.#waiting.length + Buffer.byteLength(text);
      this.#prints.push({ endsAt, resolve, reject });
      this.#add(fd, text);
    });
  }

  flush(fd: number): void {
    this.#drain(fd);
  }

  #add(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    this.#drain(fd);
  }

  /** Writes as much as can be written, then settles the prints that are written. */
  #drain(fd: number): void {
    const writtenBefore = this.#writtenBytes;
    try {
      while (this.#waiting.length > 0) {
        const length = writeSync(fd, this.#waiting);
        this.#writtenBytes += length;
        this.#waiting = this.#waiting.subarray(length);
      }
    } catch (error) {
      this.#errorCode = codeOf(error);
      if (this.#errorCode === 'EPIPE') this.#giveUp(error);
    }
    for (const { endsAt, resolve } of this.#prints) if (endsAt <= this.#writtenBytes) resolve();
    this.#prints = this.#prints.filter(({ endsAt }) => endsAt > this.#writtenBytes);
    if (this.#prints.length > 0) this.#retryLater(fd, this.#writtenBytes > writtenBefore ? retrySoonMs : retryMs);
  }

  /** No process reads the pipe any more: drops what is waiting. */
  #giveUp(error: unknown): void {
    for (const { reject } of this.#prints) reject(error);
    this.#prints = [];
    this.#writtenBytes += this.#waiting.length;
    this.#waiting = Buffer.alloc(0);
  }

  #retryLater(fd: number, delayMs: number): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    systemClock.after(delayMs, () => {
      this.#isRetrying = false;
      this.#drain(fd);
    });
  }

  #reportLost(): string {
    const lines = counted(this.#linesLost, 'line');
    this.#linesLost = 0;
    return `${lines} of the log could not be written and were lost (${this.#errorCode})`;
  }
}
