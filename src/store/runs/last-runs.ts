import type { Database } from '../../io/disk/database.ts';
import type { OutputFiles } from '../../io/disk/output-files.ts';
import { type PluginFile, pluginFile } from '../../model/plugin.ts';
import type { LastRun, Stdout } from '../../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../../model/sample.ts';

/**
 * What the next run of each plugin is told. Memory is ahead of the file by at most one commit. A stdout is kept as a file that the
 * row names: written before the row is, while the former one is removed only after it.
 */
export type LastRuns = {
  get(file: PluginFile): LastRun | null;
  /** The kept stdout of a run is gone: the next one is kept anew, also where it is the same. */
  lost(file: PluginFile): void;
  /** Takes a completed run: keeps its stdout at once, the row with the next `commit`. Throws what the system says if it can't be kept. */
  set(
    file: PluginFile,
    run: { readonly endedAtS: UnixSeconds; readonly status: number; readonly stdout: Stdout },
  ): void;
  /** Which scripts are there: what has been absent for 7 days is forgotten. */
  present(files: readonly PluginFile[], nowS: UnixSeconds): void;
  /** True: `commit` has something to write. */
  isDirty(): boolean;
  /** Writes what changed, inside the caller's transaction. */
  commit(): void;
  /** After the transaction. */
  committed(): void;
  /** Removes the former outputs that no row on disk names. */
  removeFormer(): void;
  /** Goes on with an empty file: the next commit writes everything. Throws what SQLite says. */
  startAfresh(db: Database): void;
};

type LastRunRow = {
  lastRun: LastRun;
  absentSinceS: UnixSeconds | null;
  /** A short output's bytes: the next one is often the same, and needs no file of its own then. */
  short: Uint8Array | null;
};

const shortBytes = 256;
const keptForS = 7 * 24 * 3600;

/** Reads all rows, and removes kept files that none of them names, or that do not hold what they should: those count as lost. */
export function openLastRuns(db: Database, outputs: OutputFiles): LastRuns {
  let sql = prepare(db);
  const rows = new Map<PluginFile, LastRunRow>();
  for (const row of db.prepare('SELECT * FROM last_runs').all()) {
    const { file, ended_at, status, output, output_bytes, absent_since } = row;
    const kept = output === null ? null : { name: String(output), sizeBytes: Number(output_bytes) };
    rows.set(pluginFile(String(file)), {
      lastRun: { endedAtS: unixSeconds(Number(ended_at)), status: Number(status), output: kept },
      absentSinceS: absent_since === null ? null : unixSeconds(Number(absent_since)),
      short: null,
    });
  }
  /** The output that each row names on disk. */
  const onDisk = new Map<PluginFile, string>();
  noteOnDisk(rows.keys());
  const named = new Set(onDisk.values());
  for (const name of outputs.list()) if (!named.has(name) || !outputs.isIntact(name)) outputs.remove(name);

  const dirty = new Set<PluginFile>();
  let superseded: { readonly file: PluginFile; readonly name: string; readonly sizeBytes: number }[] = [];

  function noteOnDisk(files: Iterable<PluginFile>) {
    for (const file of files) {
      const name = rows.get(file)?.lastRun.output?.name;
      if (name === undefined) onDisk.delete(file);
      else onDisk.set(file, name);
    }
  }

  function supersede(file: PluginFile) {
    const output = rows.get(file)?.lastRun.output;
    if (output) superseded.push({ file, ...output });
  }

  return {
    get: (file) => rows.get(file)?.lastRun ?? null,
    lost(file) {
      const row = rows.get(file);
      if (row) row.short = null;
    },
    set(file, { endedAtS, status, stdout }) {
      const former = rows.get(file);
      const isSame = former?.short && stdout.kind === 'bytes' && Buffer.compare(former.short, stdout.bytes) === 0;
      const same = isSame ? former.lastRun.output : null;
      const output = same ?? keptOutput(outputs, stdout);
      if (same === null) supersede(file);
      const isShort = stdout.kind === 'bytes' && output !== null && stdout.bytes.length <= shortBytes;
      const short = isSame ? former.short : isShort ? stdout.bytes : null;
      const lastRun = { endedAtS, status, output };
      if (former) Object.assign(former, { lastRun, absentSinceS: null, short });
      else rows.set(file, { lastRun, absentSinceS: null, short });
      dirty.add(file);
    },
    present(files, nowS) {
      const there = new Set(files);
      for (const [file, row] of rows) {
        if (there.has(file)) {
          if (row.absentSinceS !== null) dirty.add(file);
          row.absentSinceS = null;
        } else if (row.absentSinceS === null) {
          row.absentSinceS = nowS;
          dirty.add(file);
        } else if (nowS - row.absentSinceS > keptForS) {
          supersede(file);
          rows.delete(file);
          dirty.add(file);
        }
      }
    },
    isDirty: () => dirty.size > 0,
    commit() {
      for (const file of dirty) {
        const row = rows.get(file);
        if (!row) sql.remove.run(file);
        else {
          const { endedAtS, status, output } = row.lastRun;
          sql.upsert.run(file, endedAtS, status, output?.name ?? null, output?.sizeBytes ?? 0, row.absentSinceS);
        }
      }
    },
    committed() {
      noteOnDisk(dirty);
      dirty.clear();
    },
    removeFormer() {
      const isFormer = ({ file, name }: (typeof superseded)[number]) => onDisk.get(file) !== name;
      for (const { name, sizeBytes } of superseded.filter(isFormer)) outputs.remove(name, sizeBytes);
      superseded = superseded.filter((output) => !isFormer(output));
    },
    startAfresh(fresh) {
      sql = prepare(fresh);
      for (const file of rows.keys()) dirty.add(file);
      onDisk.clear();
    },
  };
}

function prepare(db: Database) {
  return {
    upsert: db.prepare(
      'INSERT OR REPLACE INTO last_runs (file, ended_at, status, output, output_bytes, absent_since) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    remove: db.prepare('DELETE FROM last_runs WHERE file = ?'),
  };
}

/** The file that holds a stdout, written now where it is in memory still; null: it is empty. */
function keptOutput(outputs: OutputFiles, stdout: Stdout): LastRun['output'] {
  if (stdout.kind === 'file') return { name: stdout.name, sizeBytes: stdout.sizeBytes };
  if (stdout.bytes.length === 0) return null;
  return { name: outputs.keep(stdout.bytes), sizeBytes: stdout.bytes.length };
}
