import type { Database } from '../io/disk/database.ts';
import type { Mark, MarkKind, Notice, NoticeQueue } from '../model/mark.ts';
import { pluginFile } from '../model/plugin.ts';

/** How many marks are kept; the oldest go first, even those that are owed to the collector. */
export const mostMarks = 500;

const kinds: readonly MarkKind[] = ['started', 'changed', 'failing', 'hung', 'well'];

/** What others do with marks. */
export type MarkStore = NoticeQueue & {
  /** All marks, oldest first: 500 at most. */
  all(): readonly Mark[];
  /** Adds a mark. `isOwed`: the collector is to get it. */
  add(mark: Mark, isOwed: boolean): void;
};

/** A mark as it is kept. */
type KeptMark = Notice & { readonly isOwed: boolean };

/**
 * The marks of the charts, and which of them the collector is still to get. Memory is ahead of the
 * file by at most one commit.
 */
export class KeptMarks {
  #sql: ReturnType<typeof prepare>;
  readonly #marks = new Map<number, KeptMark>();
  /** Ids of the marks that `commit` writes or deletes. */
  readonly #dirty = new Set<number>();
  #lastId = 0;

  /** Reads what the file has. Throws what SQLite says. */
  constructor(db: Database) {
    this.#sql = prepare(db);
    for (const mark of rowsOf(db)) {
      this.#marks.set(mark.id, mark);
      this.#lastId = mark.id;
    }
  }

  /** The access to them that calls `onChange` after each change. */
  changedBy(onChange: () => void): MarkStore {
    return {
      all: () => [...this.#marks.values()],
      owed: () => [...this.#marks.values()].filter(({ isOwed }) => isOwed),
      add: (mark, isOwed) => {
        this.#add(mark, isOwed);
        onChange();
      },
      accepted: (notices) => {
        this.#accepted(notices);
        onChange();
      },
    };
  }

  /** True: `commit` has something to write. */
  isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Writes what changed, inside the caller's transaction. Throws what SQLite says. */
  commit(): void {
    for (const id of this.#dirty) {
      const mark = this.#marks.get(id);
      if (mark) this.#sql.put.run(id, mark.atS, mark.durationS, mark.kind, mark.plugin, mark.text, Number(mark.isOwed));
      else this.#sql.remove.run(id);
    }
  }

  /** Notes that what `commit` wrote is committed. */
  committed(): void {
    this.#dirty.clear();
  }

  /** Continues with an empty file: the next commit writes everything. Throws what SQLite says. */
  startAfresh(db: Database): void {
    this.#sql = prepare(db);
    for (const id of this.#marks.keys()) this.#dirty.add(id);
  }

  #add({ atS, durationS, kind, plugin, text }: Mark, isOwed: boolean): void {
    this.#lastId += 1;
    this.#put({ atS, durationS, kind, plugin, text, id: this.#lastId, isOwed });
    for (const id of this.#marks.keys()) {
      if (this.#marks.size <= mostMarks) break;
      this.#marks.delete(id);
      this.#dirty.add(id);
    }
  }

  #accepted(notices: readonly Notice[]): void {
    for (const { id } of notices) {
      const mark = this.#marks.get(id);
      if (mark) this.#put({ ...mark, isOwed: false });
    }
  }

  #put(mark: KeptMark): void {
    this.#marks.set(mark.id, mark);
    this.#dirty.add(mark.id);
  }
}

function rowsOf(db: Database): readonly KeptMark[] {
  return db
    .prepare('SELECT * FROM marks ORDER BY id')
    .all()
    .map(({ id, at, duration, kind, plugin, text, is_owed: isOwed }) => ({
      id: Number(id),
      atS: Number(at),
      durationS: Number(duration),
      kind: kinds.find((one) => one === kind) ?? 'changed',
      plugin: plugin == null ? null : pluginFile(String(plugin)),
      text: String(text),
      isOwed: isOwed === 1,
    }));
}

function prepare(db: Database) {
  return {
    put: db.prepare(
      'INSERT OR REPLACE INTO marks (id, at, duration, kind, plugin, text, is_owed) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    remove: db.prepare('DELETE FROM marks WHERE id = ?'),
  };
}
