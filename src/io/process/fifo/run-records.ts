import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { basename, join } from 'node:path';
import { libc } from '../../libc.ts';

/**
 * What a record says of one pair of FIFOs: the script that was last started on it, and its
 * process. `pid` 0: the agent ended before it knew the id. `startedS` is the uptime of the host
 * right before the process was started. `hasEnded`: the run is over, and processes that it left
 * behind hold the pair. `prefix` begins the names of the two files. `wholeHash` is missing if
 * `file` is whole; else it is the `fileHash` of the identity that `file` begins.
 */
export type RunRecord = {
  readonly prefix: string;
  readonly file: string;
  readonly wholeHash?: string;
  readonly pid: number;
  readonly startedS: number;
  readonly hasEnded: boolean;
};

const recordBytes = 280;
const [startedAt, pidAt, endedAt, lengthAt, nameAt, hashAt] = [0, 8, 12, 13, 14, 272];
const longestName = 255; // in bytes; what is longer is cut, and its hash is kept
const noHash = '0'.repeat(16); // also in records of agents that kept none
const ending = '.runs';
const uptimeEveryMs = 10_000; // the clock of this process stands still while the host sleeps

/**
 * The file in which an agent notes, before each start, which script gets which pair of FIFOs. It
 * is one record for each pair, and is overwritten in place. What was written survives a `kill -9`,
 * because the system has it then. No power loss matters: no script survives that either. A note
 * costs about 2 µs. Nothing here throws: where the file can't be written, the next agent knows
 * scripts by their command lines only.
 */
export class RunRecords {
  readonly path: string;
  readonly #record = Buffer.alloc(recordBytes);
  readonly #view = new DataView(this.#record.buffer, this.#record.byteOffset, recordBytes);
  readonly #pid = new DataView(new ArrayBuffer(endedAt - pidAt));
  readonly #pidBytes = new Uint8Array(this.#pid.buffer);
  #fd: number | null = null;
  #bootMs = 0; // the uptime of the host, less the clock of this process
  #bootReadMs = Number.NEGATIVE_INFINITY;

  /** The FIFOs of pair n are `DIR/NAME-n.out` and `.err`; the records are in `DIR/NAME.runs`. */
  constructor(dir: string, name: string) {
    this.path = join(dir, `${name}${ending}`);
    this.#open();
  }

  /** Another process has changed the folder: makes the file again if it is gone. */
  folderChanged(): void {
    if (!existsSync(this.path)) this.#open();
  }

  /** A script is about to be started on a pair. */
  starting(pair: number, file: string): void {
    const [record, view] = [this.#record, this.#view];
    view.setInt32(pidAt, 0);
    view.setInt32(hashAt, 0); // eight zeros: no hash
    view.setInt32(hashAt + 4, 0);
    view.setFloat64(startedAt, this.#uptimeS(), true);
    record[endedAt] = 0;
    record[lengthAt] = record.write(file, nameAt, longestName, 'utf8');
    const mayBeCut = file.length > longestName / 3; // no character takes more than 3 bytes for each of its units
    if (mayBeCut && Buffer.byteLength(file) > longestName) record.write(fileHash(file), hashAt, 'hex');
    this.#write(record, pair * recordBytes);
  }

  /** The script was started. */
  started(pair: number, pid: number): void {
    this.#pid.setInt32(0, pid, true);
    this.#write(this.#pidBytes, pair * recordBytes + pidAt);
  }

  /** The run has ended, and processes that it left behind hold its pair. */
  leftBehind(pair: number): void {
    this.#write(Uint8Array.of(1), pair * recordBytes + endedAt);
  }

  /** Closes the file; `isOver`: and removes it, because no process holds a pair. */
  close(isOver: boolean): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    if (isOver) removeRecords(this.path);
  }

  #open(): void {
    try {
      this.close(false);
      this.#fd = openSync(this.path, 'wx', 0o600);
    } catch {
      // it is tried again when the folder changes
    }
  }

  #write(bytes: Uint8Array, position: number): void {
    if (this.#fd === null) return;
    const writeAt = libc()?.writeAt;
    try {
      if (writeAt) writeAt(this.#fd, bytes, position);
      else writeSync(this.#fd, bytes, 0, bytes.length, position);
    } catch {
      // the disk is full: the script is started all the same
    }
  }

  #uptimeS(): number {
    const nowMs = performance.now();
    if (nowMs - this.#bootReadMs > uptimeEveryMs) {
      this.#bootMs = uptime() * 1000 - nowMs;
      this.#bootReadMs = nowMs;
    }
    return (this.#bootMs + nowMs) / 1000;
  }
}

/** What tells two identities apart that begin alike: 8 bytes, in hexadecimal. */
export function fileHash(file: string): string {
  return createHash('sha256').update(file).digest('hex').slice(0, 16);
}

/** For how long the host has been up, in seconds. */
export function hostUptimeS(): number {
  return uptime();
}

/** A file of records, and what is in it. `pid` is the process that wrote it. */
export type RecordFile = { readonly path: string; readonly pid: number; readonly records: readonly RunRecord[] };

/** Reads all files of records in a folder, those of running agents included. Never throws. */
export function readRunRecords(dir: string): readonly RecordFile[] {
  try {
    const names = readdirSync(dir).filter((name) => name.endsWith(ending));
    return names.map((name) => readFile(join(dir, name)));
  } catch {
    return [];
  }
}

/** Removes a file of records. Never throws. */
export function removeRecords(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it is gone already
  }
}

/**
 * Returns a name for the pairs of this process, for which no former agent with the same process id
 * has left records.
 */
export function freePairName(dir: string, pid: number): string {
  let name = String(pid);
  for (let life = 2; existsSync(join(dir, `${name}${ending}`)); life += 1) name = `${pid}_${life}`;
  return name;
}

function readFile(path: string): RecordFile {
  const name = basename(path, ending);
  const bytes = contentsOf(path);
  const records: RunRecord[] = [];
  for (let pair = 0; (pair + 1) * recordBytes <= bytes.length; pair += 1) {
    const record = bytes.subarray(pair * recordBytes, (pair + 1) * recordBytes);
    const file = record.toString('utf8', nameAt, nameAt + (record[lengthAt] ?? 0));
    if (file === '') continue;
    const hash = record.toString('hex', hashAt);
    records.push({
      prefix: `${name}-${pair}`,
      file,
      ...(hash === noHash ? {} : { wholeHash: hash }),
      pid: record.readInt32LE(pidAt),
      startedS: record.readDoubleLE(startedAt),
      hasEnded: record[endedAt] === 1,
    });
  }
  return { path, pid: Number.parseInt(name, 10), records };
}

function contentsOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
