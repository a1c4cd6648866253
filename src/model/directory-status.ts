import type { Reason } from './advice.ts';

/** A directory of the configuration beside the script directory. */
export type DirectoryStatus = {
  /** The NAME of `[directory:NAME]`. */
  readonly name: string;
  readonly location: string;
  /** Why none of its plugins runs, and what to type; null: they do. */
  readonly suspension: string | null;
  /** The same as advice. */
  readonly reason: Reason | null;
  /** As that of the script directory. */
  readonly warning: Reason | null;
  /** How many of its scripts are accepted. */
  readonly plugins: number;
};
