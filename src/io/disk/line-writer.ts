import { writeSync } from 'node:fs';
import { systemClock } from '../clock.ts';
import { codeOf } from '../errors.ts';

/** Writes to a descriptor in order and never halfway between two texts; holds what can't be written now. Nothing here throws. */
export type LineWriter = {
  /** Writes a line of the log. Past 256 KiB of waiting ones it is lost; once one can be written again, the sentence that comes back tells how many were. */
  write(fd: number, line: string): string | null;
  /** Writes text that must not be lost: resolves when it is out, rejects when nobody reads it any more. */
  print(fd: number, text: string): Promise<void>;
  /** Tries once more to write what waits. */
  flush(fd: number): void;
};

type Printed = { readonly endsAt: number; readonly resolve: () => void; readonly reject: (error: unknown) => void };

const mostWaitingBytes = 256 * 1024;
const retryMs = 50;
const retrySoonMs = 2; // while somebody reads

/** Nothing waits yet. */
export function createLineWriter(): LineWriter {
  let waiting = Buffer.alloc(0);
  let writtenBytes = 0;
  let prints: Printed[] = [];
  let lost = 0;
  let cause = '';
  let isRetrying = false;

  function drain(fd: number) {
    const writtenBefore = writtenBytes;
    try {
      while (waiting.length > 0) {
        const length = writeSync(fd, waiting);
        writtenBytes += length;
        waiting = waiting.subarray(length);
      }
    } catch (error) {
      cause = codeOf(error);
      if (cause === 'EPIPE') {
        for (const { reject } of prints) reject(error);
        prints = [];
        writtenBytes += waiting.length;
        waiting = Buffer.alloc(0); // nobody reads: there is nobody to hold it for
      }
    }
    for (const { endsAt, resolve } of prints) if (endsAt <= writtenBytes) resolve();
    prints = prints.filter(({ endsAt }) => endsAt > writtenBytes);
    if (prints.length === 0 || isRetrying) return;
    isRetrying = true;
    systemClock.after(writtenBytes > writtenBefore ? retrySoonMs : retryMs, () => {
      isRetrying = false;
      drain(fd);
    });
  }

  function add(fd: number, text: string) {
    const bytes = Buffer.from(text);
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    drain(fd);
  }

  return {
    write(fd, line) {
      if (waiting.length > 0) drain(fd);
      if (waiting.length > 0 && waiting.length + line.length > mostWaitingBytes) lost += 1;
      else add(fd, line);
      if (waiting.length > 0 || lost === 0) return null;
      const told = `${lost} ${lost === 1 ? 'line' : 'lines'} of the log could not be written and were lost (${cause})`;
      lost = 0;
      return told;
    },
    print: (fd, text) =>
      new Promise((resolve, reject) => {
        prints.push({ endsAt: writtenBytes + waiting.length + Buffer.byteLength(text), resolve, reject });
        add(fd, text);
      }),
    flush: drain,
  };
}
