import type { Advice } from '../model/advice.ts';
import type { DirectoryStatus } from '../model/directory-status.ts';
import { explanationOf } from '../words/explanation.ts';
import { reasonOf } from './reason.ts';

/** A directory beside the script directory, as the last look found it. */
export type DirectoryInStatus = Pick<DirectoryStatus, 'name' | 'location' | 'plugins'> & {
  readonly suspension: Advice<'directory-suspended'> | null;
  readonly exposure: Advice<'group-writable'> | null;
};

/** The directory as the status document has it. */
export function directoryStatus({ suspension, exposure, ...directory }: DirectoryInStatus): DirectoryStatus {
  return {
    ...directory,
    suspension: suspension && explanationOf(suspension),
    reason: suspension && reasonOf(suspension),
    warning: exposure && reasonOf(exposure),
  };
}
