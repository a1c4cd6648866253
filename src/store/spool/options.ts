import type { UnixSeconds } from '../../model/sample.ts';
import type { LossReporter } from './loss-reporter.ts';
import type { SpooledSink } from './positions.ts';

/**
 * What the spool needs from its caller: bounds, the time, and where it reports trouble and
 * losses.
 */
export type SpoolOptions = {
  readonly sinks: readonly SpooledSink[];
  /** How many bytes of samples may be on disk. Read in each commit. */
  readonly maxBytes: number;
  /** How many bytes of samples may be in memory while the disk takes nothing. */
  readonly maxHeldBytes: number;
  readonly nowS: () => UnixSeconds;
  /** Whether a history reads the spool, too. Asked in each commit. */
  readonly isFollowed: () => boolean;
  /** A position could not be written: the caller commits again later. */
  readonly onFailed: (error: unknown) => void;
  /** A batch could not be read: `Spool.canRead` says whether it can be read later. */
  readonly onUnread: (error: unknown) => void;
  readonly losses: Pick<LossReporter, 'lost' | 'caughtUp' | 'unreadable' | 'forgotten'>;
};
