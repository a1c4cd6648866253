import { closeSync, constants, openSync, readdirSync, readSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readInto, readRest, removeFifo } from './fifo.ts';
import { FifoDrain } from './fifo-drain.ts';
import { fifoHolders } from './fifo-holders.ts';
import { readRunRecords, removeRecords } from './run-records.ts';

const readBytes = 65_536;
const mostOpen = 32; // FIFOs

/**
 * Reads the FIFOs that a former agent left in `dir` until their writers are gone, then removes
 * them: a plugin that outlived its agent can finish its output. Of more than 32, those are read in
 * turn, without a descriptor for each, whose holders are known to read them as well: another one
 * would get a SIGPIPE then. Never throws.
 */
export function drainLeftovers(dir: string): void {
  const drain = new FifoDrain();
  const holders = fifoHolders(dir);
  const known = new Set(holders.map(({ prefix }) => prefix));
  for (const { prefix, writesOnly } of holders) if (writesOnly) known.delete(prefix);
  let open = 0;
  for (const path of listFifos(dir)) {
    if (isIdle(path)) removeFifo(path);
    else if (open < mostOpen || !known.has(basename(path).replace(/\.\w+$/, ''))) {
      open += 1;
      keepOpen(path);
    } else drain.add(path);
  }
}

function keepOpen(path: string): void {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (readRest(fd, () => {})) {
      closeSync(fd); // no writer is left, so a socket would wait for ever
      removeFifo(path);
      return;
    }
    const socket = readInto(fd, () => {});
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
