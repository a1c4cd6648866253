/**
 * How the former agent of a state directory ended, as far as that is recorded:
 *
 * - `first`: no agent has worked there before
 * - `stopped`: in order
 * - `killed`: without an orderly end, and the host was not started again since
 * - `host-restarted`: without an orderly end, and the host was started again since
 * - `unknown`: it is not recorded
 */
export type FormerLife = 'first' | 'stopped' | 'killed' | 'host-restarted' | 'unknown';

/**
 * What a database is, compared with the record of the former agent beside it:
 *
 * - `as-left`: that agent's, with all that it had committed when it wrote the record
 * - `new`: empty
 * - `older`: that agent's, without its last commits, as a restored copy is
 * - `other`: another one than that agent's
 * - `damaged`: it was damaged; what could be read of it is in a new one
 * - `unknown`: there is no record beside it
 */
export type FoundDatabase = 'as-left' | 'new' | 'older' | 'other' | 'damaged' | 'unknown';

/** What a start found of the former life of the agent. */
export type FoundLife = {
  readonly formerLife: FormerLife;
  readonly database: FoundDatabase;
  /** When an agent last wrote to this database, in unix seconds. Null: not recorded. */
  readonly lastCommitAtS: number | null;
};

/**
 * Samples that waited for a sink. Both times, in unix seconds, are null if the samples can't be
 * read now.
 */
export type FoundSamples = {
  readonly sink: string;
  readonly samples: number;
  readonly oldestAtS: number | null;
  readonly newestAtS: number | null;
};

/** All that a start found in the state directory. */
export type FoundAtStart = FoundLife & {
  /** For each sink for which samples wait. */
  readonly waiting: readonly FoundSamples[];
  /** How many plugins have a last output that is kept. */
  readonly outputs: number;
  /** How many runs of the former agent are still running. */
  readonly survivors: number;
  /** All of it in one sentence. */
  readonly explanation: string;
};
