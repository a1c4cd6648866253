import type { Clock } from '../io/clock.ts';
import type { Emit } from '../model/event.ts';
import type { Plugin, PluginFile } from '../model/plugin.ts';
import type { ProcessIdentity, Tick } from '../model/run.ts';
import type { HostLoad, SlotBounds } from './slot-limit.ts';

/**
 * A run that has begun. `pid` gives null until the process id is known; `ended` resolves when the
 * process has ended, and never rejects.
 */
export type StartedRun = { pid(): number | null; readonly ended: Promise<void> };

/** What the scheduler needs of the agent. */
export type SchedulerDeps = {
  readonly clock: Clock;
  readonly isAlive: (process: ProcessIdentity) => boolean;
  readonly emit: Emit;
  /** How many plugins run at a time at first. */
  readonly slots: SlotBounds;
  readonly load: HostLoad;
  /** The age at which a run gives its slot back, in ms. Read when a run begins. */
  readonly overdueAfterMs: number;
  /** Null: a run can begin now. Else it waits in its slot, and asks again when this resolves. */
  readonly untilRoom: () => Promise<void> | null;
  readonly startRun: (plugin: Plugin, tick: Tick) => StartedRun;
  /** Records a run that has become long. `startedMs` is by the wall clock, since the epoch. */
  readonly recordRun: (file: PluginFile, startedMs: number, pid: number) => void;
  /**
   * Drops the record of a run whose outcome never reaches the store: a trial, or a run of a former
   * agent.
   */
  readonly forgetRun: (file: PluginFile) => void;
};
