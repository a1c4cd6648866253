import type { Database } from '../../io/disk/database.ts';
import type { OutputFiles } from '../../io/disk/output-files.ts';
import type { PluginFile } from '../../model/plugin.ts';
import type { CompletedRun, LastRun, Stdout } from '../../model/run.ts';
import { FormerOutputs } from './former-outputs.ts';
import { type LastRunsSql, prepareLastRunsSql } from './last-runs-sql.ts';

type LastRunEntry = {
  lastRun: LastRun;
  /** Since when there is no such script, in seconds of `PassedTime`. Null: it is there. */
  absentSinceS: number | null;
  /**
   * A short output's bytes: the next output is often the same, and then needs no file of its own.
   */
  short: Uint8Array | null;
};

const shortBytes = 256;
const keptForS = 7 * 24 * 3600;

/**
 * What the next run of each plugin gets from its last completed run. Memory is ahead of the file
 * by at most one commit. A stdout is kept as a file that the row names: the file is written
 * before the row, and the former file is removed after it.
 */
export class LastRuns {
  readonly #outputs: OutputFiles;
  readonly #entries = new Map<PluginFile, LastRunEntry>();
  /** The files whose rows the next commit writes or deletes. */
  readonly #dirty = new Set<PluginFile>();
  /** What the last `commit` wrote. */
  #written: readonly PluginFile[] = [];
  readonly #former: FormerOutputs;
  #sql: LastRunsSql;

  /**
   * Reads all rows. Removes kept outputs that no row names, or that do not hold what they should:
   * those count as lost. Throws what SQLite says.
   */
  constructor(db: Database, outputs: OutputFiles) {
    this.#outputs = outputs;
    this.#former = new FormerOutputs(outputs);
    this.#sql = prepareLastRunsSql(db);
    for (const { file, lastRun, absentSinceS } of this.#sql.all()) {
      this.#entries.set(file, { lastRun, absentSinceS, short: null });
      this.#former.committed(file, lastRun.output);
    }
    this.#former.removeUnnamed();
  }

  get(file: PluginFile): LastRun | null {
    return this.#entries.get(file)?.lastRun ?? null;
  }

  /** How many plugins have a last output that is there. Never throws. */
  kept(): number {
    const isThere = ({ lastRun: { output } }: LastRunEntry) =>
      output !== null && this.#outputs.sizeOf(output.name) !== null;
    return [...this.#entries.values()].filter(isThere).length;
  }

  /** Notes that a kept stdout is gone: the next one is kept again, even if it is the same. */
  lost(file: PluginFile): void {
    const entry = this.#entries.get(file);
    if (entry) entry.short = null;
  }

  /**
   * Drops the kept outputs whose files are gone, so that the next runs read nothing. Returns how
   * many there were.
   */
  dropMissing(): number {
    let dropped = 0;
    for (const [file, entry] of this.#entries) {
      const { output } = entry.lastRun;
      if (output === null || this.#outputs.sizeOf(output.name) !== null) continue;
      Object.assign(entry, { lastRun: { ...entry.lastRun, output: null }, short: null });
      this.#dirty.add(file);
      dropped += 1;
    }
    return dropped;
  }

  /**
   * Takes a completed run: keeps its stdout at once, and writes the row with the next `commit`.
   * Throws what the system says if the stdout can't be kept; then nothing has changed.
   */
  set(file: PluginFile, { endedAtS, status, stdout }: CompletedRun): void {
    const former = this.#entries.get(file);
    const isSame = former?.short && stdout.kind === 'bytes' && Buffer.compare(former.short, stdout.bytes) === 0;
    const same = isSame ? former.lastRun.output : null;
    const output = same ?? keptOutput(this.#outputs, stdout);
    if (same === null) this.#former.add(file, former?.lastRun.output);
    const isShort = stdout.kind === 'bytes' && output !== null && stdout.bytes.length <= shortBytes;
    const short = isSame ? former.short : isShort ? stdout.bytes : null;
    const lastRun = { endedAtS, status, output };
    if (former) Object.assign(former, { lastRun, absentSinceS: null, short });
    else this.#entries.set(file, { lastRun, absentSinceS: null, short });
    this.#dirty.add(file);
  }

  /**
   * Takes which scripts there are, at a second of `PassedTime`. The last run of a script that was
   * missing for 7 days is dropped.
   */
  present(files: ReadonlySet<PluginFile>, passedS: number): void {
    this.#entries.forEach((entry, file) => {
      if (files.has(file)) {
        if (entry.absentSinceS !== null) this.#dirty.add(file);
        entry.absentSinceS = null;
      } else if (entry.absentSinceS === null) {
        entry.absentSinceS = passedS;
        this.#dirty.add(file);
      } else if (passedS - entry.absentSinceS > keptForS) {
        this.#former.add(file, entry.lastRun.output);
        this.#entries.delete(file);
        this.#dirty.add(file);
      }
    });
  }

  /** True: `commit` has something to write. */
  isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /**
   * Writes what changed, except for the plugins of `waiting`, or for all of them, inside the
   * caller's transaction. Throws what SQLite says.
   */
  commit(waiting: ReadonlySet<PluginFile> | 'all'): void {
    this.#written = waiting === 'all' ? [] : [...this.#dirty].filter((file) => !waiting.has(file));
    for (const file of this.#written) {
      const entry = this.#entries.get(file);
      if (entry) this.#sql.upsert({ file, ...entry });
      else this.#sql.remove(file);
    }
  }

  /** Notes that what `commit` wrote is committed. */
  committed(): void {
    for (const file of this.#written) {
      this.#former.committed(file, this.#entries.get(file)?.lastRun.output);
      this.#dirty.delete(file);
    }
    this.#written = [];
  }

  /** Removes the former outputs that no row on disk names. */
  removeFormer(): void {
    this.#former.remove();
  }

  /** Continues with an empty file: the next commit writes everything. Throws what SQLite says. */
  startAfresh(db: Database): void {
    this.#sql = prepareLastRunsSql(db);
    for (const file of this.#entries.keys()) this.#dirty.add(file);
    this.#former.startAfresh();
  }
}

/**
 * Returns the file that holds a stdout, written now if it is still in memory. Null: it is empty.
 */
function keptOutput(outputs: OutputFiles, stdout: Stdout): LastRun['output'] {
  if (stdout.kind === 'file') return { name: stdout.name, sizeBytes: stdout.sizeBytes };
  if (stdout.bytes.length === 0) return null;
  return { name: outputs.keep(stdout.bytes), sizeBytes: stdout.bytes.length };
}
