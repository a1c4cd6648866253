import type { Advice, EndingKind } from './advice.ts';
import type { BadLine } from './bad-line.ts';
import type { DirectoryRejection, PluginFile, PluginRejection } from './plugin.ts';
import type { Ending } from './run.ts';
import type { SinkTrouble } from './sink.ts';

/** Trouble that may last, told each time: `repeat` counts it in a row, `elapsedMs` is the time since it started. The log tells the first, 2nd, 4th, 8th … */
export type Repeated = { readonly repeat: number; readonly elapsedMs: number };

/** All that can be told about the agent. Stages emit these; the log and the status make what a person reads of them. */
export type AgentEvent =
  | {
      readonly event: 'daemon.started';
      readonly version: string;
      readonly hostname: string;
      readonly pid: number;
      readonly intervalS: number;
      readonly stateDir: string;
    }
  | { readonly event: 'daemon.stopping'; readonly signal: string; readonly runsInFlight: number }
  | { readonly event: 'daemon.stopped'; readonly runsLeft: number; readonly samplesLeft: number }
  | { readonly event: 'config.warned'; readonly problem: string }
  /** Changed files are applied. `changed` holds names such as `[agent] report_interval`; none: refused files were mended back to what runs, or there is only something to warn of. */
  | { readonly event: 'config.reloaded'; readonly changed: readonly string[] }
  /** Changed files can't be used, and the last good configuration stays. Each problem is a line `file:line: key: what is wrong; what is expected`. */
  | { readonly event: 'config.refused'; readonly problems: readonly string[] }
  /** The page is served. `url` has the token in it: whoever has it can read the page. */
  | { readonly event: 'dashboard.started'; readonly url: string }
  /** The page can't be served now; it is tried again each minute. */
  | ({ readonly event: 'dashboard.failed'; readonly detail: string } & Repeated)
  /** The agent runs, and can't be asked for its status. */
  | { readonly event: 'control.failed'; readonly detail: string }
  | { readonly event: 'plugins.watched'; readonly path: string; readonly plugins: number }
  | { readonly event: 'plugins.suspended'; readonly rejection: DirectoryRejection; readonly advice: Advice }
  | { readonly event: 'plugins.resumed'; readonly path: string }
  | { readonly event: 'watch.failed'; readonly path: string; readonly detail: string }
  | { readonly event: 'plugin.added'; readonly plugin: PluginFile }
  | { readonly event: 'plugin.changed'; readonly plugin: PluginFile }
  | { readonly event: 'plugin.removed'; readonly plugin: PluginFile }
  | {
      readonly event: 'plugin.rejected';
      readonly plugin: PluginFile;
      readonly rejection: PluginRejection;
      readonly advice: Advice;
    }
  | { readonly event: 'plugin.collided'; readonly name: string; readonly paths: readonly string[] }
  | { readonly event: 'tick.started'; readonly atS: number; readonly plugins: number; readonly due: number }
  | { readonly event: 'run.started'; readonly plugin: PluginFile }
  /** One run, whole: `RunOutcome` and what was made of its output. The log derives `run.failed` and the like from it. */
  | {
      readonly event: 'run.finished';
      readonly plugin: PluginFile;
      readonly pid: number | null;
      readonly ending: Ending;
      readonly failure: Advice<EndingKind> | null;
      readonly durationMs: number;
      /** False: its output was not read, because the run failed or the output could not be read; the counts are 0 then. */
      readonly isOutputRead: boolean;
      readonly samples: number;
      readonly badLines: number;
      readonly firstBadLines: readonly BadLine[];
      /** All that it printed, what was dropped included. */
      readonly outputBytes: number;
      readonly droppedBytes: number;
      /** Why some of its output, or all, could not be kept or read; null: it could. */
      readonly outputLost: string | null;
    }
  | { readonly event: 'run.stderr'; readonly plugin: PluginFile; readonly pid: number | null; readonly text: string }
  | {
      readonly event: 'run.overdue';
      readonly plugin: PluginFile;
      readonly pid: number | null;
      readonly elapsedMs: number;
    }
  /** Told each time: `skips` counts them in a row. The log tells the first, 2nd, 4th, 8th … */
  | {
      readonly event: 'run.skipped';
      readonly plugin: PluginFile;
      readonly reason: 'running' | 'waiting';
      readonly pid: number | null;
      readonly elapsedMs: number;
      readonly skips: number;
    }
  | { readonly event: 'run.survived'; readonly plugin: PluginFile; readonly pid: number }
  | { readonly event: 'run.survivor-ended'; readonly plugin: PluginFile; readonly pid: number }
  | ({ readonly event: 'run.output-lost'; readonly plugin: PluginFile; readonly detail: string } & Repeated)
  | { readonly event: 'host.unreadable'; readonly source: string; readonly detail: string }
  | { readonly event: 'host.recovered'; readonly source: string }
  | { readonly event: 'store.failed'; readonly detail: string }
  | { readonly event: 'store.recovered' }
  /** Samples that were read and could not be committed before the agent ended. */
  | { readonly event: 'store.lost'; readonly samples: number }
  /** Somebody removed or replaced the state directory: what is in the database now is gone with this process. */
  | { readonly event: 'store.removed'; readonly path: string; readonly advice: Advice }
  /** The database was damaged: it was renamed to `path`, and an empty one took its place. `samples` waited in it; null: nobody knows how many. */
  | {
      readonly event: 'store.set-aside';
      readonly path: string;
      readonly samples: number | null;
      readonly detail: string;
    }
  /** The history can't be read or written. Samples reach the sinks all the same. */
  | { readonly event: 'history.failed'; readonly detail: string }
  | { readonly event: 'history.recovered' }
  /** The tables of the history were damaged, and were made anew, empty. */
  | { readonly event: 'history.emptied'; readonly detail: string }
  /**
   * The spool is at its bound, on disk or (while the disk takes nothing) in memory, and the oldest samples went before this sink had them.
   * `samples`, `oldestAtS` and `newestAtS` (unix seconds) are of all that went since the trouble began.
   */
  | ({
      readonly event: 'spool.overflowed';
      readonly sink: string;
      readonly bound: 'max_size' | 'memory';
      readonly samples: number;
      readonly oldestAtS: number;
      readonly newestAtS: number;
    } & Repeated)
  /** The sink has caught up after `spool.overflowed`; `samples` is all that went. */
  | { readonly event: 'spool.relieved'; readonly sink: string; readonly samples: number; readonly elapsedMs: number }
  /** Samples of a batch could not be read back from the spool: its file is damaged there. They are lost for this sink. */
  | { readonly event: 'spool.unreadable'; readonly sink: string; readonly samples: number }
  /** The agent ran without this sink for as long as what waits is kept; the samples that waited are given up. */
  | { readonly event: 'spool.forgotten'; readonly sink: string; readonly samples: number; readonly elapsedMs: number }
  /** Samples go to this sink from now on; at a reload also one whose settings are others. `address` is for a person. */
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
  | { readonly event: 'batch.sent'; readonly sink: string; readonly samples: number; readonly durationMs: number }
  | {
      readonly event: 'batch.returned';
      readonly sink: string;
      readonly samples: number;
      readonly trouble: SinkTrouble;
      readonly mayHaveArrived: boolean;
    }
  /** The sink will never take these samples: they are gone for it. `repeat` counts such batches in a row. */
  | ({
      readonly event: 'batch.dropped';
      readonly sink: string;
      readonly samples: number;
      readonly detail: string;
    } & Repeated)
  | { readonly event: 'wire.sent' | 'wire.received'; readonly sink: string; readonly line: string };

/** Hands an event on; never throws, never waits. */
export type Emit = (event: AgentEvent) => void;
