import type { PluginFile } from './plugin.ts';
import type { UnixSeconds } from './sample.ts';

/** One interval boundary, in unix seconds. */
export type Tick = { readonly atS: UnixSeconds };

/** What kept a script from beginning, as far as it is one of the usual things. */
export type NotStartedCause = 'missing-interpreter' | 'crlf-interpreter' | 'being-written' | 'other';

/** How one run ended. Built only by `runner/ending.ts`. */
export type Ending =
  /** 0–255; only 0 turns stdout into samples. */
  | { readonly kind: 'exited'; readonly status: number }
  /** Someone else's signal: the agent sends none. */
  | { readonly kind: 'signaled'; readonly signal: string; readonly status: number }
  /** The script never began; the last-run state stays as it was. `code` is an errno name such as `ENOENT`, `detail` says cause and cure. */
  | { readonly kind: 'not-started'; readonly code: string; readonly cause: NotStartedCause; readonly detail: string }
  /** It ran, but somebody else collected its exit status; the last-run state stays as it was. */
  | { readonly kind: 'unknown' };

/** A process that can be told from a later one with the same id: `startedAt` is opaque and differs between them. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

/** What the next run of a plugin is told of the last completed one. `output` names the kept stdout; null: it was empty. */
export type LastRun = {
  readonly endedAtS: UnixSeconds;
  readonly status: number;
  readonly output: { readonly name: string; readonly sizeBytes: number } | null;
};

/** What is kept of a run's stdout: in memory while it is small, as a file among the kept outputs when it is not. */
export type Stdout =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly name: string; readonly sizeBytes: number };

/** A run that is going on: kept in the store, so that a restarted agent does not double it. */
export type RunInFlight = { readonly file: PluginFile; readonly startedMs: number; readonly process: ProcessIdentity };
