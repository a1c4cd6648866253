/** Why a state directory can't be used, in words for the user, with what to type. */
import { isHeldFile } from '../io/disk/lock.ts';
import { messageOf, systemCodeOf } from '../io/errors.ts';
import { quoted } from '../words/shell-words.ts';
import { isOfNewerVersion } from './schema.ts';

/** Says why the database at a path can't be opened, in one sentence for the user. */
export function explainStoreFailure(path: string, error: unknown): string {
  const detail = messageOf(error);
  return isHeldFile(error)
    ? `another program holds the database ${path} (${detail}); end that one, which \`fuser ${quoted(path)}\` ` +
        'names, and start again: what waits in it must not be left behind'
    : `the database ${path} can't be used: ${detail}${isOfNewerVersion(error) ? '' : `; ${cureOf(error)}`}`;
}

/** Says that another agent uses a state directory. */
export function inUse(stateDir: string): string {
  return (
    `another agent uses the state directory ${stateDir}; ` +
    'stop that one, or give this one its own with --state-dir DIR'
  );
}

/** Says that the file at the path of a lock is something else. */
export function noLock(path: string): string {
  return `${path} is not a lock of this program, and no agent holds it; remove it: rm ${quoted(path)}`;
}

/** Says why a state directory can't be used, and what to do. */
export function unusable(stateDir: string, error: unknown): string {
  return `the state directory ${stateDir} can't be used: ${messageOf(error)}; ${cureOf(error)}`;
}

/** What to do about a failure, without leaving behind what waits in the directory. */
function cureOf(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file is where a directory must be: move it away';
    case 'EACCES':
    case 'EPERM':
      return "give the agent's user access to it, or start the agent as the user whom it belongs to";
    case 'ENOSPC':
      return 'make room on its disk';
    case 'EMFILE':
    case 'ENFILE':
      return 'nothing is wrong with its files';
    case 'EROFS':
      return 'its file system is read-only: mount it so that it can be written to';
    default:
      return "look at its disk, and whether all files in it belong to the agent's user";
  }
}
