import type { Repeated } from './repeated.ts';
import type { SinkTrouble } from './sink.ts';

/** Events of the way out: the spool, the sinks, and the batches that they are sent. */
export type DeliveryEvent =
  /**
   * The spool is at its bound, on disk or (while the disk takes nothing) in memory: the oldest
   * samples were dropped before this sink had them. `samples`, `oldestAtS` and `newestAtS` (unix
   * seconds) are about all that were dropped since the trouble began.
   */
  | ({
      readonly event: 'spool.overflowed';
      readonly sink: string;
      readonly bound: 'max_size' | 'memory';
      readonly samples: number;
      readonly oldestAtS: number;
      readonly newestAtS: number;
    } & Repeated)
  /**
   * The sink has caught up after `spool.overflowed`; `samples` is how many were dropped in all.
   */
  | { readonly event: 'spool.relieved'; readonly sink: string; readonly samples: number; readonly elapsedMs: number }
  /**
   * Samples of a batch could not be read back from the spool: its file is damaged there. They are
   * lost for this sink.
   */
  | { readonly event: 'spool.unreadable'; readonly sink: string; readonly samples: number }
  /**
   * This sink was absent from the configuration for longer than its samples are kept; they are
   * given up.
   */
  | { readonly event: 'spool.forgotten'; readonly sink: string; readonly samples: number; readonly elapsedMs: number }
  /**
   * Samples go to this sink from now on; at a reload also to one with changed settings. `address`
   * is for a person.
   */
  | { readonly event: 'sink.added'; readonly sink: string; readonly address: string }
  | { readonly event: 'sink.removed'; readonly sink: string }
  | { readonly event: 'sink.connected'; readonly sink: string }
  | ({
      readonly event: 'sink.lost';
      readonly sink: string;
      readonly trouble: SinkTrouble;
      readonly retryInMs: number;
    } & Repeated)
  | ({
      readonly event: 'sink.refused';
      readonly sink: string;
      readonly trouble: SinkTrouble;
      readonly retryInMs: number;
    } & Repeated)
  | { readonly event: 'sink.unconfirmed'; readonly sink: string }
  | { readonly event: 'sink.unverified'; readonly sink: string; readonly detail: string }
  /** The sink refuses requests in gzip and accepts others: it is sent uncompressed ones. */
  | { readonly event: 'sink.uncompressed'; readonly sink: string; readonly detail: string }
  | { readonly event: 'batch.sent'; readonly sink: string; readonly samples: number; readonly durationMs: number }
  | {
      readonly event: 'batch.returned';
      readonly sink: string;
      readonly samples: number;
      readonly trouble: SinkTrouble;
      readonly mayHaveArrived: boolean;
    }
  /**
   * The sink will never take these samples: they are gone for it. `repeat` counts such batches in
   * a row.
   */
  | ({
      readonly event: 'batch.dropped';
      readonly sink: string;
      readonly samples: number;
      readonly detail: string;
    } & Repeated)
  | { readonly event: 'wire.sent' | 'wire.received'; readonly sink: string; readonly line: string };
