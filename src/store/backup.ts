import { copyDatabase, isDamage } from '../io/disk/database.ts';
import type { Files } from '../io/disk/files.ts';
import { isHeldFile } from '../io/disk/lock.ts';
import { makeNewFile } from '../io/disk/new-file.ts';
import { messageOf, systemCodeOf } from '../io/errors.ts';
import { err, ok, type Result } from '../model/result.ts';
import { quoted } from '../words/shell-words.ts';
import { userText } from '../words/user-text.ts';
import { databasePath } from './state-directory.ts';

const waitMs = 5000; // an agent that ends or salvages its database at this moment holds it

/**
 * Copies the database of a state directory to a new file, as it is at one moment, whether an agent
 * runs there or not. `uid` is the user of this process. Returns the size of the file in bytes. An
 * error is one sentence for the user, and no file has been made. Never throws.
 */
export function backUp(files: Files, stateDir: string, uid: number | null, file: string): Result<number, string> {
  const facts = files.facts(stateDir);
  if (facts.kind === 'failed' && facts.code === 'ENOENT')
    return err(`there is no state directory ${stateDir}; name the agent's with --state-dir DIR`);
  if (facts.kind === 'failed') return err(unreadable(stateDir, facts.code));
  if (uid !== null && facts.uid !== uid) return err(ofAnotherUser(files, stateDir, facts.uid, uid === 0));
  const path = databasePath(stateDir);
  const found = files.facts(path);
  if (found.kind === 'failed')
    return err(found.code === 'ENOENT' ? noDatabase(stateDir) : unreadable(path, found.code));
  if (found.sizeBytes === 0) return err(noDatabase(stateDir));
  const made = makeNewFile(file, (unfinished) => copyDatabase(path, unfinished, waitMs));
  switch (made.kind) {
    case 'made':
      return ok(made.sizeBytes);
    case 'exists':
      return err(
        made.path === file
          ? `${file} is there already, and is not replaced; name another file, or remove it: rm ${quoted(file)}`
          : `${made.path} is there already: another backup is writing it, or was ended before it was complete; ` +
              `if none is, remove it: rm ${quoted(made.path)}`,
      );
    case 'failed':
      return err(failure(path, file, made.error));
  }
}

function noDatabase(stateDir: string): string {
  return `there is no database in the state directory ${stateDir}; name the agent's directory with --state-dir DIR`;
}

/** Only its owner may read it. As root too: what another user owns may lead anywhere. */
function ofAnotherUser(files: Files, stateDir: string, owner: number, isRoot: boolean): string {
  const name = files.userName(owner);
  const flag = `-u ${name ?? owner}`;
  const cure = isRoot ? `add ${flag}` : `type the same command as that user, or as root with ${flag}`;
  return `the state directory ${stateDir} belongs to ${userText(owner, name)}; ${cure}`;
}

function unreadable(path: string, detail: string): string {
  return `${path} can't be read: ${detail}; type the same command as the agent's user`;
}

function failure(path: string, file: string, error: unknown): string {
  const detail = messageOf(error);
  if (isHeldFile(error)) return `another process holds the database ${path} (${detail}); try again`;
  if (isDamage(error))
    return `the database ${path} is damaged (${detail}); start the agent, which keeps what can be read of it`;
  return `${file} can't be written: ${detail}; ${cureOf(error)}`;
}

function cureOf(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'name a file in a folder that is there';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'name a file in a folder where this user may write';
    default:
      return 'make room on its disk, or name a file on another one';
  }
}
