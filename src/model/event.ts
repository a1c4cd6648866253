import type { Advice } from './advice.ts';
import type { BadLine, ForeignFormat } from './bad-line.ts';
import type { BoundEvent } from './bound-event.ts';
import type { DeliveryEvent } from './delivery-event.ts';
import type { CheckState } from './format.ts';
import type { FoundAtStart } from './found.ts';
import type { DirectoryRejection, PluginFile, PluginRejection } from './plugin.ts';
import type { Repeated } from './repeated.ts';
import type { LeftOutSamples, RunOutcome, TakenByHost } from './run.ts';

/** The NAME of the `[directory:NAME]` that an event is about; missing: the script directory. */
type InDirectory = { readonly directory?: string };

/**
 * Everything worth knowing about the agent. Stages emit these events; the log and the view turn
 * them into what a person reads.
 */
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
  /**
   * Changed files are applied. `changed` holds names such as `[agent] report_interval`. Empty:
   * files that were refused are again as the running configuration has them, or there is only a
   * warning.
   */
  | { readonly event: 'config.reloaded'; readonly changed: readonly string[] }
  /**
   * Changed files can't be used, and the last good configuration stays. Each problem is a line
   * `file:line: key: what is wrong; what is expected`.
   */
  | { readonly event: 'config.refused'; readonly problems: readonly string[] }
  /** The page is served. `url` holds the token, which is all that is needed to read the page. */
  | { readonly event: 'dashboard.started'; readonly url: string }
  /** The page can't be served now; the agent tries again each minute. */
  | ({ readonly event: 'dashboard.failed'; readonly detail: string } & Repeated)
  /** The page is served without the wall; the agent tries again each minute. */
  | ({ readonly event: 'dashboard.wall-failed'; readonly detail: string } & Repeated)
  /** The agent runs, but its control socket can't be used. */
  | { readonly event: 'control.failed'; readonly detail: string }
  | ({ readonly event: 'plugins.watched'; readonly path: string; readonly plugins: number } & InDirectory)
  | ({
      readonly event: 'plugins.suspended';
      readonly rejection: DirectoryRejection;
      readonly advice: Advice;
    } & InDirectory)
  | ({ readonly event: 'plugins.resumed'; readonly path: string } & InDirectory)
  /** A group can put something else in the place of the directory, or of the target of a link. */
  | { readonly event: 'plugins.exposed'; readonly path: string; readonly advice: Advice }
  | ({ readonly event: 'watch.failed'; readonly path: string; readonly detail: string } & InDirectory)
  | { readonly event: 'plugin.added'; readonly plugin: PluginFile }
  | { readonly event: 'plugin.changed'; readonly plugin: PluginFile }
  | { readonly event: 'plugin.removed'; readonly plugin: PluginFile }
  | {
      readonly event: 'plugin.rejected';
      readonly plugin: PluginFile;
      readonly rejection: PluginRejection;
      readonly advice: Advice;
    }
  | {
      readonly event: 'plugin.collided';
      readonly name: string;
      readonly paths: readonly string[];
      readonly advice: Advice;
    }
  | { readonly event: 'tick.started'; readonly atS: number; readonly plugins: number; readonly due: number }
  | { readonly event: 'run.started'; readonly plugin: PluginFile }
  /**
   * One run, whole: its outcome, and what was made of its output. The log derives `run.failed` and
   * the like from it.
   */
  | ({
      readonly event: 'run.finished';
      readonly plugin: PluginFile;
      /**
       * False: its output was not read, because the run failed or the output could not be read.
       */
      readonly isOutputRead: boolean;
      /** How many samples and bad lines the output gave; 0 if it was not read. */
      readonly samples: number;
      readonly badLines: number;
      readonly firstBadLines: readonly BadLine[];
      /** What another format its bad lines look like; null: none that is known. */
      readonly looksLike: Advice<ForeignFormat> | null;
      /** How long the line is that was cut off, if an output holds no other; else 0. */
      readonly unendedBytes: number;
      /** How many values were not finite, in a format that allows that. */
      readonly notFinite: number;
      /** What the plugin says of itself, in short; null: nothing. */
      readonly message: string | null;
      /** The state that the exit status of a Nagios check is; null: it is none. */
      readonly checkState: CheckState | null;
      /** Its samples that were not sent, because the host has metrics of these names. */
      readonly takenByHost: TakenByHost | null;
      /** Its samples that were not sent, because they are too many, or have too many names. */
      readonly leftOut: LeftOutSamples | null;
      /** All that it printed, with what was dropped. */
      readonly outputBytes: number;
    } & Omit<RunOutcome, 'stdout' | 'endedAtS'>)
  | {
      readonly event: 'run.stderr';
      readonly plugin: PluginFile;
      readonly pid: number | null;
      readonly text: string;
      /** Set on a line beyond `max_stderr`: the status shows it, and the log does not. */
      readonly isUnlogged?: true;
    }
  /**
   * A Munin plugin could not be asked what its fields are. Reported once, until that works again.
   */
  | { readonly event: 'run.config-failed'; readonly plugin: PluginFile; readonly advice: Advice }
  | {
      readonly event: 'run.overdue';
      readonly plugin: PluginFile;
      readonly pid: number | null;
      readonly elapsedMs: number;
    }
  /**
   * A run has skipped a tick, and takes more than twice as long as the longest of the last runs of
   * its plugin. Reported once a run.
   */
  | {
      readonly event: 'run.hung';
      readonly plugin: PluginFile;
      readonly pid: number | null;
      readonly elapsedMs: number;
      readonly advice: Advice;
    }
  /**
   * Reported each time: `skips` counts them in a row. The log has a line for the first, 2nd, 4th,
   * 8th …, unless it is one of many at the same tick (`tick.skipped`).
   */
  | {
      readonly event: 'run.skipped';
      readonly plugin: PluginFile;
      /** `left-behind`: too many processes that its runs left behind hold its output. */
      readonly reason: 'running' | 'waiting' | 'left-behind';
      readonly pid: number | null;
      readonly elapsedMs: number;
      readonly skips: number;
      /** It waits for a slot, or had to wait before it began: it is not slow by itself. */
      readonly isPassedOver: boolean;
      readonly isOneOfMany: boolean;
    }
  /** A tick skipped more than five plugins. `examples` names five of them. */
  | ({
      readonly event: 'tick.skipped';
      readonly plugins: number;
      readonly waiting: number;
      readonly running: number;
      /** The longest that one of them has been in flight. */
      readonly longestMs: number;
      readonly examples: readonly PluginFile[];
    } & Repeated)
  /**
   * Plugins have waited for a slot over two ticks in a row or more. Reported at each such tick.
   * `waiting`: how many of `plugins` wait; `cpuBusyPercent` null: not known.
   */
  | ({
      readonly event: 'agent.overloaded';
      readonly waiting: number;
      readonly plugins: number;
      readonly longestWaitMs: number;
      readonly slots: number;
      readonly cpuBusyPercent: number | null;
      readonly advice: Advice<'overloaded'>;
    } & Repeated)
  /** No plugin waits for a slot over a tick any more. */
  | { readonly event: 'agent.relieved'; readonly elapsedMs: number }
  | BoundEvent
  | { readonly event: 'run.survived'; readonly plugin: PluginFile; readonly pid: number }
  | { readonly event: 'run.survivor-ended'; readonly plugin: PluginFile; readonly pid: number }
  | ({ readonly event: 'run.output-lost'; readonly plugin: PluginFile; readonly detail: string } & Repeated)
  | { readonly event: 'host.unreadable'; readonly source: string; readonly detail: string }
  | { readonly event: 'host.recovered'; readonly source: string }
  /** The system has another name, and none is configured: metrics begin with `to` from now on. */
  | { readonly event: 'host.renamed'; readonly from: string; readonly to: string }
  /** What the start found in the state directory, and how the former agent ended. Once a life. */
  | ({ readonly event: 'store.found' } & FoundAtStart)
  | { readonly event: 'store.failed'; readonly detail: string }
  | { readonly event: 'store.recovered' }
  /** Samples that were read and could not be committed before the agent ended. */
  | { readonly event: 'store.lost'; readonly samples: number }
  /**
   * The state directory was removed or replaced. What is in the database is lost if this process
   * ends before `store.moved`.
   */
  | { readonly event: 'store.removed'; readonly path: string; readonly advice: Advice }
  /** The database was empty at the start, beside what an agent had kept with it. */
  | { readonly event: 'store.emptied'; readonly path: string; readonly advice: Advice }
  /**
   * A new database has taken the place of the removed one. `samples` wait in it, all that waited
   * before; `outputs` kept outputs of plugins, and the history, are lost.
   */
  | { readonly event: 'store.moved'; readonly samples: number; readonly outputs: number }
  /**
   * The service manager waits for messages of the agent, and does not get them. What it did not get
   * is sent again at the next tick. Reported once, until it gets one.
   */
  | { readonly event: 'notify.failed'; readonly detail: string }
  /** The C library of this Linux host can't be called. The agent works without it, at a cost. */
  | { readonly event: 'libc.missing'; readonly detail: string }
  /** Files of the agent, such as its pid file, were gone. It has made them again. */
  | { readonly event: 'files.remade'; readonly files: readonly string[] }
  /** A file of the agent is gone, and it can't make it again now. It tries at each tick. */
  | { readonly event: 'files.missing'; readonly file: string; readonly detail: string }
  /**
   * The database was damaged: it was renamed to `path`, and an empty one took its place.
   * `samples` waited in it; null: not known how many.
   */
  | {
      readonly event: 'store.set-aside';
      readonly path: string;
      readonly samples: number | null;
      readonly detail: string;
    }
  /**
   * The new database has `samples` that could be read in the damaged one, which is at `path`.
   * `lost`: how many could not, as far as they can be counted.
   */
  | { readonly event: 'store.salvaged'; readonly path: string; readonly samples: number; readonly lost: number }
  /** The history can't be read or written. Samples reach the sinks all the same. */
  | { readonly event: 'history.failed'; readonly detail: string }
  | { readonly event: 'history.recovered' }
  /** The tables of the history were damaged, and were made again, empty. */
  | { readonly event: 'history.emptied'; readonly detail: string }
  | DeliveryEvent;

/** Passes an event on; never throws, never waits. */
export type Emit = (event: AgentEvent) => void;

/** A tick that a plugin was skipped at. */
export type RunSkippedEvent = Extract<AgentEvent, { event: 'run.skipped' }>;

/** The end of one run, with all that is known of it. */
export type RunFinishedEvent = Extract<AgentEvent, { event: 'run.finished' }>;
