import type { Files } from '../io/disk/files.ts';
import { overwriteBeginning } from '../io/disk/small-file.ts';

/** What is recorded of an agent's life with a database. */
export type LifeRecord = {
  /** The database's own name, which no other one has. */
  readonly database: string;
  /** The agents that have worked with it are counted: the number of this one. 0: none has. */
  readonly number: number;
  /** How many commits the agents have made in it. */
  readonly commits: number;
  /** Whether it ended in order. Null: not known. */
  readonly isEnded: boolean | null;
  /** Differs between two starts of the host. Null: not known. */
  readonly bootId: string | null;
};

/** What an agent needs to record its life: the host's start, and a file beside the database. */
export type LifeEdges = {
  readonly bootId: string | null;
  /** Returns what the former agent wrote. Null: nothing that can be read. Never throws. */
  read(): LifeRecord | null;
  /** Never throws. */
  write(record: LifeRecord): void;
};

const recordBytes = 160;
const recordForm = /^([0-9a-f]{16}) (\d{1,15}) (\d{1,15}) (running|ended) (\S+) *\n/;

/**
 * The record beside the database, in a file of one line that always has the same length. It shows
 * whether the database was replaced, by an older copy of itself say. It is not synced to the disk:
 * after a loss of power it may be an earlier one, which never claims more than was committed.
 */
export function lifeEdges(files: Files, path: string, bootId: string | null): LifeEdges {
  return {
    bootId,
    read() {
      const [, database, number, commits, end, boot] = recordForm.exec(files.head(path, recordBytes) ?? '') ?? [];
      if (database === undefined) return null;
      return {
        database,
        number: Number(number),
        commits: Number(commits),
        isEnded: end === 'ended',
        bootId: boot === undefined || boot === '-' ? null : boot,
      };
    },
    write({ database, number, commits, isEnded, bootId: boot }) {
      const line = `${database} ${number} ${commits} ${isEnded ? 'ended' : 'running'} ${boot ?? '-'}`;
      overwriteBeginning(path, `${line.padEnd(recordBytes - 1)}\n`);
    },
  };
}
