import type { Database } from '../io/disk/database.ts';

const stepBytes = 1024 * 1024; // about 10 ms

/**
 * Copies what waits in one file into another that is empty, block by block and oldest first, while
 * the first file is still in use. Used when the file that is in use was removed or replaced: it
 * can be read and written until it is closed, and no one finds it afterwards.
 */
export class Relocation {
  readonly #from: Database;
  readonly #to: Database;
  #copiedTo = 0;

  constructor(from: Database, to: Database) {
    this.#from = from;
    this.#to = to;
  }

  /** Copies about 1 MiB. Returns whether blocks are left. Throws what SQLite says. */
  step(): boolean {
    const next = this.#from.prepare('SELECT id, samples, bytes, lines FROM blocks WHERE id > ? ORDER BY id LIMIT 1');
    const insert = this.#to.prepare('INSERT INTO blocks (id, samples, bytes, lines) VALUES (?, ?, ?, ?)');
    let bytes = 0;
    let hasMore = true;
    this.#to.transaction(() => {
      while (hasMore && bytes < stepBytes) {
        const [row] = next.all(this.#copiedTo);
        hasMore = row !== undefined;
        if (row === undefined) return;
        const { id = 0, samples = 0, bytes: size = 0, lines = '' } = row;
        insert.run(id, samples, size, lines);
        this.#copiedTo = Number(id);
        bytes += Number(size);
      }
    });
    return hasMore;
  }

  /** Copies the sinks' positions. Throws what SQLite says. */
  finish(): void {
    const insert = this.#to.prepare(
      'INSERT INTO places (sink, block, kept_for, lost, absent_since) VALUES (?, ?, ?, ?, ?)',
    );
    this.#to.transaction(() => {
      for (const { sink = '', block = 0, kept_for = 0, lost = 0, absent_since = null } of this.#from
        .prepare('SELECT * FROM places')
        .all())
        insert.run(sink, block, kept_for, lost, absent_since);
    });
  }
}
