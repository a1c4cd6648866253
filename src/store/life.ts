import type { Clock } from '../io/clock.ts';
import type { Database, Statement } from '../io/disk/database.ts';
import type { FormerLife, FoundDatabase, FoundLife } from '../model/found.ts';
import type { LifeEdges, LifeRecord } from './life-record.ts';

const besideEachMs = 3_600_000;

/**
 * The life of the agent that works with the database, as one row of it that each commit writes, and
 * as a record beside it that is written at the start, once an hour and at the end. From both, the
 * next agent says how this life ended and whether the database is still the same.
 */
export class Life {
  /** What the former agent left. */
  readonly found: FoundLife;
  readonly #clock: Clock;
  readonly #edges: LifeEdges;
  readonly #database: string;
  readonly #number: number;
  #write: Statement;
  #commits: number;
  #besideAtMs = Number.NEGATIVE_INFINITY;

  /**
   * Reads what the former agent left, and records that this one has begun. `isSalvaged`: the former
   * database was damaged, and this is the new one. Throws what SQLite says of reading.
   */
  constructor(db: Database, clock: Clock, edges: LifeEdges, isSalvaged: boolean) {
    this.#write = prepareWrite(db);
    this.#clock = clock;
    this.#edges = edges;
    const { record, lastCommitAtS } = readRow(db);
    const beside = edges.read();
    const database = isSalvaged ? 'damaged' : foundDatabase(record, beside);
    const former = newest(record, beside);
    const ending = isSalvaged && former.number === 0 ? 'unknown' : formerLife(former, edges.bootId);
    this.found = { formerLife: ending, database, lastCommitAtS };
    const isSame = beside?.database === record.database;
    this.#database = record.database;
    this.#number = 1 + Math.max(record.number, isSame ? beside.number : 0);
    this.#commits = Math.max(record.commits, isSame ? beside.commits : 0);
    try {
      this.#writeRow(false, this.#commits + 1); // so that each copy from before this life counts as older
      this.#commits += 1;
    } catch {
      // the first commit writes it
    }
    this.#writeBeside(false);
  }

  /** Writes the row, inside the caller's transaction. Throws what SQLite says. */
  commit(): void {
    this.#writeRow(false, this.#commits + 1);
  }

  /** Notes that what `commit` wrote is committed. */
  committed(): void {
    this.#commits += 1;
    if (this.#clock.monotonicMs() - this.#besideAtMs >= besideEachMs) this.#writeBeside(false);
  }

  /** Records an orderly end, in both places if they take it. Never throws. */
  end(): void {
    try {
      this.#writeRow(true);
    } catch {
      // the record beside it may still be written
    }
    this.#writeBeside(true);
  }

  /** Continues with an empty file. Throws what SQLite says. */
  startAfresh(db: Database): void {
    const write = prepareWrite(db);
    this.#writeRow(false, this.#commits, write);
    this.#write = write;
    this.#besideAtMs = Number.NEGATIVE_INFINITY; // it may be gone with its folder
  }

  #writeRow(isEnded: boolean, commits = this.#commits, write = this.#write): void {
    write.run(this.#database, this.#number, commits, Number(isEnded), this.#edges.bootId, this.#clock.nowMs());
  }

  #writeBeside(isEnded: boolean): void {
    this.#besideAtMs = this.#clock.monotonicMs();
    const { bootId } = this.#edges;
    this.#edges.write({ database: this.#database, number: this.#number, commits: this.#commits, isEnded, bootId });
  }
}

/** Each commit runs it. */
function prepareWrite(db: Database): Statement {
  return db.prepare(
    'UPDATE life SET database = ?, number = ?, commits = ?, is_ended = ?, boot_id = ?, committed_ms = ?',
  );
}

function readRow(db: Database): { readonly record: LifeRecord; readonly lastCommitAtS: number | null } {
  const row = db.prepare('SELECT * FROM life').all()[0] ?? {};
  const { is_ended: isEnded = null, boot_id: bootId = null, committed_ms: committedMs = null } = row;
  return {
    record: {
      database: String(row['database'] ?? ''),
      number: Number(row['number'] ?? 0),
      commits: Number(row['commits'] ?? 0),
      isEnded: isEnded === null ? null : isEnded === 1,
      bootId: bootId === null ? null : String(bootId),
    },
    lastCommitAtS: committedMs === null ? null : Math.floor(Number(committedMs) / 1000),
  };
}

function foundDatabase(row: LifeRecord, beside: LifeRecord | null): FoundDatabase {
  if (row.number === 0) return 'new';
  if (beside === null) return 'unknown';
  if (row.database !== beside.database) return 'other';
  return row.commits < beside.commits ? 'older' : 'as-left';
}

/**
 * Returns what is known of the agent that worked here last. An end counts if one of the two places
 * has it.
 */
function newest(row: LifeRecord, beside: LifeRecord | null): LifeRecord {
  if (beside === null) return row;
  if (beside.database !== row.database || beside.number > row.number) return beside;
  return beside.number === row.number && beside.isEnded === true ? { ...row, isEnded: true } : row;
}

function formerLife({ number, isEnded, bootId: before }: LifeRecord, now: string | null): FormerLife {
  if (number === 0) return 'first';
  if (isEnded === true) return 'stopped';
  if (isEnded === null || before === null || now === null) return 'unknown';
  return before === now ? 'killed' : 'host-restarted';
}
