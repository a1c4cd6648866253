import type { Loss } from './blocks.ts';
import type { ForgottenSink, SpooledSink } from './positions.ts';

/** Where the spool reports what a sink has lost. */
export type SpoolLosses = {
  /** The oldest samples were dropped before a sink had them. */
  lost(sink: string, bound: 'max_size' | 'memory', loss: Loss): void;
  /** A sink has everything that is left: its losses, if there were any, are over. */
  caughtUp(sink: string): void;
  /** Samples of a batch could not be read back. */
  unreadable(sink: string, samples: number): void;
  /** The agent ran without a sink for too long: the samples that waited for it are given up. */
  forgotten(sink: ForgottenSink): void;
};

/**
 * What the spool needs from its caller: bounds, the time that has passed, and where it reports
 * trouble and losses.
 */
export type SpoolOptions = {
  readonly sinks: readonly SpooledSink[];
  /** How many bytes of samples may be on disk. Read in each commit. */
  readonly maxBytes: number;
  /** How many bytes of samples may be in memory while the disk takes nothing. */
  readonly maxHeldBytes: number;
  /** How long agents have worked with the file, in seconds. */
  readonly passedS: () => number;
  /** Whether a history reads the spool, too. Asked in each commit. */
  readonly isFollowed: () => boolean;
  /** A position could not be written: the caller commits again later. */
  readonly onFailed: (error: unknown) => void;
  /** A batch could not be read: `Spool.canRead` says whether it can be read later. */
  readonly onUnread: (error: unknown) => void;
  readonly losses: SpoolLosses;
};
