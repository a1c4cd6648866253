import { closeSync, constants, openSync, readdirSync, readSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readInto, removeFifo } from './fifo.ts';
import { FifoDrain } from './fifo-drain.ts';
import { fifoHolders } from './fifo-holders.ts';
import { readRunRecords, removeRecords } from './run-records.ts';

const readBytes = 65_536;

/**
 * Reads the FIFOs that a former agent left in `dir` until their writers are gone, then removes
 * them: a plugin that outlived its agent can finish its output. They are read in turn, without a
 * descriptor for each, except those whose holder would get a SIGPIPE then. Never throws.
 */
export function drainLeftovers(dir: string): void {
  const drain = new FifoDrain();
  const needUs = new Set(fifoHolders(dir).flatMap(({ prefix, writesOnly }) => (writesOnly ? prefix : [])));
  for (const path of listFifos(dir)) {
    if (isIdle(path)) removeFifo(path);
    else if (needUs.has(basename(path).replace(/\.\w+$/, ''))) keepOpen(path);
    else drain.add(path);
  }
}

function keepOpen(path: string): void {
  try {
    const socket = readInto(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), () => {});
    socket.on('error', () => {});
    socket.on('close', () => removeFifo(path));
    socket.unref();
  } catch {
    // it can't be read, so it is not one of ours
  }
}

/**
 * Removes the FIFOs in `dir` that no process holds open, and `dir` itself if nothing is left in
 * it. Returns how many FIFOs were removed, and how many are still held. Never throws.
 */
export function removeIdleFifos(dir: string): { readonly removed: number; readonly held: number } {
  const all = listFifos(dir);
  const idle = all.filter(isIdle);
  for (const path of idle) removeFifo(path);
  if (idle.length === all.length) for (const { path } of readRunRecords(dir)) removeRecords(path);
  try {
    rmdirSync(dir);
  } catch {
    // something is left in it, or it is not there
  }
  return { removed: idle.length, held: all.length - idle.length };
}

/** Whether no process holds it open. Drops what was written into it. */
function isIdle(path: string): boolean {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return readSync(fd, new Uint8Array(readBytes)) === 0;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // EAGAIN: a process holds it
  }
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
