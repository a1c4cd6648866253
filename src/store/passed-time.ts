import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/disk/database.ts';

const writtenEachS = 60;

/**
 * How long agents have worked with this database, in seconds, by the monotonic clock. Whatever is
 * deleted because of its age is deleted by this time: the wall clock may be wrong for a while. Time
 * in which no agent runs does not count.
 */
export class PassedTime {
  readonly #clock: Clock;
  #db: Database;
  /** How much had passed, by the file or by a former file, at `#sinceMs`. */
  readonly #beforeS: number;
  readonly #sinceMs: number;
  #writtenS: number;

  /** Reads the time that has passed so far. Throws what SQLite says. */
  constructor(db: Database, clock: Clock) {
    this.#clock = clock;
    this.#db = db;
    this.#sinceMs = clock.monotonicMs();
    this.#beforeS = Number(db.prepare('SELECT seconds FROM passed_time').all()[0]?.['seconds'] ?? 0);
    this.#writtenS = this.#beforeS;
  }

  /** Returns whole seconds. */
  seconds(): number {
    return this.#beforeS + Math.floor((this.#clock.monotonicMs() - this.#sinceMs) / 1000);
  }

  /**
   * Writes the time, inside the caller's transaction, if it was not written for a minute, so that
   * a killed agent loses no more than that and an interval. Throws what SQLite says.
   */
  commit(): void {
    if (this.seconds() >= this.#writtenS + writtenEachS) this.write();
  }

  /** Writes the time. Throws what SQLite says. */
  write(): void {
    const seconds = this.seconds();
    this.#db.prepare('UPDATE passed_time SET seconds = ?').run(seconds);
    this.#writtenS = seconds; // after a rollback it is written a minute later
  }

  /** Continues with an empty file, to which the next commit writes the time. */
  startAfresh(db: Database): void {
    this.#db = db;
    this.#writtenS = Number.NEGATIVE_INFINITY;
  }
}
