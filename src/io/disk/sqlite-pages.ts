/**
 * The pages of a SQLite file that SQLite itself can't read any more, those in its log (`-wal`)
 * included. For `store/salvage/`.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The pages of one file. */
export type SqlitePages = {
  /** How many pages there are; the first is 1. */
  readonly count: number;
  /** The part of a page that is in use: its size without what is reserved at its end. */
  readonly usableBytes: number;
  /**
   * Returns a page, which the next call overwrites. Null: there is no such page, or it can't be
   * read. Never throws.
   */
  read(page: number): Buffer | null;
  close(): void;
};

const fileHeaderBytes = 100;
const usualPageBytes = 4096;
const [logHeaderBytes, frameHeaderBytes] = [32, 24];
const logMagic = 0x377f0682; // or one more

/** Opens a file for reading. Throws the system's error if it can't be opened. */
export function openSqlitePages(path: string): SqlitePages {
  const fd = openSync(path, 'r');
  const log = openIfThere(`${path}-wal`);
  const header = Buffer.alloc(fileHeaderBytes);
  const hasHeader = tryRead(fd, header, 0);
  const pageBytes = hasHeader ? pageBytesIn(header) : usualPageBytes;
  const reserved = hasHeader && (header[20] ?? 0) < 32 ? (header[20] ?? 0) : 0;
  const inLog = log === null ? new Map<number, number>() : framesOf(log, pageBytes);
  const inFile = Math.ceil(fstatSync(fd).size / pageBytes);
  const bytes = Buffer.alloc(pageBytes);
  return {
    count: [...inLog.keys()].reduce((most, page) => Math.max(most, page), inFile),
    usableBytes: pageBytes - reserved,
    read(page) {
      const atLog = inLog.get(page);
      if (log !== null && atLog !== undefined && tryRead(log, bytes, atLog)) return bytes;
      return page >= 1 && page <= inFile && tryRead(fd, bytes, (page - 1) * pageBytes) ? bytes : null;
    },
    close() {
      closeSync(fd);
      if (log !== null) closeSync(log);
    },
  };
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}

function pageBytesIn(header: Buffer): number {
  const bytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  return bytes >= 512 && (bytes & (bytes - 1)) === 0 ? bytes : usualPageBytes;
}

/** Finds where in the log the newest committed version of each page is. */
function framesOf(log: number, pageBytes: number): Map<number, number> {
  const committed = new Map<number, number>();
  const header = Buffer.alloc(logHeaderBytes);
  if (!tryRead(log, header, 0) || header.readUInt32BE(0) >>> 1 !== logMagic >>> 1) return committed;
  const salts = header.subarray(16, 24);
  const frame = Buffer.alloc(frameHeaderBytes);
  let pending: [page: number, at: number][] = [];
  for (let at = logHeaderBytes; tryRead(log, frame, at); at += frameHeaderBytes + pageBytes) {
    if (!frame.subarray(8, 16).equals(salts)) break; // of a former use of the log
    pending.push([frame.readUInt32BE(0), at + frameHeaderBytes]);
    if (frame.readUInt32BE(4) === 0) continue; // not the last one of its transaction
    for (const [page, atLog] of pending) committed.set(page, atLog);
    pending = [];
  }
  return committed;
}

/** Fills the buffer from an offset. False: it can't be filled to its end. */
function tryRead(fd: number, into: Buffer, at: number): boolean {
  try {
    return readSync(fd, into, 0, into.length, at) === into.length;
  } catch {
    return false; // a sector that can't be read
  }
}
