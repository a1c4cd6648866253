import type { Advice } from '../model/advice.ts';
import type { FormatName } from '../model/format.ts';
import type { JudgedScript } from '../model/plugin.ts';
import type { LeftBehind, UnloggedStderr } from '../model/run.ts';
import type { CurrentRun, Muted } from '../model/status.ts';
import type { OwnCommands } from '../words/own-command.ts';
import type { RunFacts } from './runs.ts';

/** All that decides whether a plugin reports. */
export type Situation = {
  readonly script: JudgedScript;
  /** Why no plugin of the directory runs; null: they do. */
  readonly suspension: Advice | null;
  readonly isEnabled: boolean;
  /** The format that its output is read in. */
  readonly format: FormatName;
  /** The section that holds its settings, or would, as it is written. */
  readonly section: string;
  readonly facts: RunFacts;
  readonly currentRun: CurrentRun | null;
  /** What its runs left behind; null: nothing. */
  readonly leftBehind: LeftBehind | null;
  /** What is not logged of its stderr in this hour; null: nothing. */
  readonly unloggedStderr: UnloggedStderr | null;
  /** Why runs wait for descriptors; null: none does. */
  readonly shortage: Advice | null;
  readonly intervalS: number;
  /** Until when its trouble is expected; null: it is not. */
  readonly muted: Muted | null;
  /** How busy the processors were in the last interval, 0 to 100; null: not known. */
  readonly cpuBusyPercent: number | null;
  /** Its moment after the next tick. */
  readonly nextTickAtS: number;
  readonly nextDueAtS: number;
  readonly nowS: number;
  /** The commands that the agent hands out. */
  readonly commands: OwnCommands;
};
