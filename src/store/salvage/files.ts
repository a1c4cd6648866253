import type { Database } from '../../io/disk/database.ts';
import { type Files, removeFile, renameFile } from '../../io/disk/files.ts';
import { openSqlitePages, type SqlitePages } from '../../io/disk/sqlite-pages.ts';
import { Salvage } from './salvage.ts';
import type { Salvaged, SalvageScope } from './scope.ts';

/** A salvage under way. */
export type FileSalvage = {
  /** Does a little of it. Returns whether there is more to do. Throws what can't be done. */
  step(): boolean;
  /** Puts the new file into the place of the damaged one, which is set aside. Throws likewise. */
  finish(): Salvaged;
  /** Closes both files. The damaged one is still to be set aside. */
  giveUp(): void;
};

/**
 * The files of a database at `path` that is damaged. While it is salvaged, it is
 * `PATH.salvaging`, and the new one is `PATH.new`: an agent that is killed meanwhile leaves no
 * database at `path`, so that the next one begins the salvage again.
 */
export class DamagedFiles {
  /** Where the damaged database is in the end. */
  readonly aside: string;
  readonly #files: Files;
  readonly #path: string;
  readonly #source: string;
  readonly #target: string;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
    this.aside = `${path}.damaged`;
    this.#source = `${path}.salvaging`;
    this.#target = `${path}.new`;
  }

  /** Whether a former agent has begun a salvage and did not end it. */
  isInterrupted(): boolean {
    return sizeOf(this.#files, this.#source) >= 0 && sizeOf(this.#files, this.#path) < 0;
  }

  /** Sets aside what a former agent has salvaged, if it was ended before it could. */
  endFormer(): void {
    if (sizeOf(this.#files, this.#source) >= 0 && !this.isInterrupted()) this.setAside();
  }

  /** Begins to salvage. `open` opens the new file, empty. Throws what can't be done. */
  begin(open: (path: string) => Database, scope: SalvageScope): FileSalvage {
    if (sizeOf(this.#files, this.#path) >= 0) move(this.#path, this.#source);
    else renameFile(`${this.#path}-wal`, `${this.#source}-wal`); // the former salvage was ended between the two
    remove(this.#target);
    const pages = openSqlitePages(this.#source);
    let db: Database | null = null;
    let isClosed = false;
    const giveUp = () => {
      if (isClosed) return;
      isClosed = true;
      pages.close();
      db?.close();
    };
    try {
      db = open(this.#target);
      // It counts only once it is whole, and no step may write much at once.
      db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 100');
      return this.#salvage(pages, db, scope, giveUp);
    } catch (error) {
      giveUp();
      throw error;
    }
  }

  /**
   * Sets the damaged database aside. Only the largest one is kept: repeated damage must neither
   * fill the disk nor delete what was set aside first. Throws what can't be done.
   */
  setAside(): void {
    const from = sizeOf(this.#files, this.#source) >= 0 ? this.#source : this.#path;
    if (sizeOf(this.#files, from) < sizeOf(this.#files, this.aside)) remove(from);
    else move(from, this.aside);
    remove(this.#target);
  }

  #salvage(pages: SqlitePages, db: Database, scope: SalvageScope, giveUp: () => void): FileSalvage {
    const salvage = new Salvage(pages, db, scope);
    return {
      step: () => salvage.step(),
      finish: () => {
        giveUp();
        move(this.#target, this.#path);
        this.setAside();
        return salvage.result();
      },
      giveUp,
    };
  }
}

function move(from: string, to: string): void {
  for (const end of ['-wal', '-shm']) removeFile(`${to}${end}`);
  renameFile(from, to);
  renameFile(`${from}-wal`, `${to}-wal`); // it holds the last commits of the database
  removeFile(`${from}-shm`);
}

function remove(path: string): void {
  for (const end of ['', '-wal', '-shm']) removeFile(`${path}${end}`);
}

function sizeOf(files: Files, path: string): number {
  const facts = files.facts(path);
  return facts.kind === 'failed' ? -1 : facts.sizeBytes;
}
