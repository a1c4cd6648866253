import type { UnixSeconds } from '../../model/sample.ts';
import type { LossTeller } from './losses.ts';
import type { SpooledSink } from './positions.ts';

/** What the spool needs to know of the world around it. */
export type SpoolOptions = {
  readonly sinks: readonly SpooledSink[];
  /** How much may wait on disk, and in memory while the disk takes nothing. */
  readonly maxBytes: number;
  readonly maxHeldBytes: number;
  readonly nowS: () => UnixSeconds;
  /** Whether a history reads it, too. Asked in each commit. */
  readonly isFollowed: () => boolean;
  /** A place could not be written: the caller commits again later. */
  readonly onFailed: (error: unknown) => void;
  /** A batch could not be read: `canRead` tells when it can. */
  readonly onUnread: (error: unknown) => void;
  readonly losses: Pick<LossTeller, 'lost' | 'caughtUp' | 'unreadable' | 'forgotten'>;
};
