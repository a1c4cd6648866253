import { dirname } from 'node:path';
import { makeNewTextFile } from '../../io/disk/new-file.ts';
import type { Edges } from '../../io/edges.ts';
import { messageOf } from '../../io/errors.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { typeable } from '../../words/shell-words.ts';

const [setGroup, ownerOnly, groupReads] = [0o2000, 0o600, 0o640];

/**
 * Makes a new file of what was imported. In a folder that gives its group to its files, as the
 * packages' folder does, the group may read it; elsewhere, only its owner. Returns a sentence that
 * says where it is, and what to type if the agent's user can't read it; an error is why there is no
 * file. `user` is the name or number of that user; null: the user of this process.
 */
export function writeImported(path: string, text: string, user: string | null, edges: Edges): Result<string, string> {
  const folder = edges.files.facts(dirname(path));
  const isShared = folder.kind === 'directory' && (folder.mode & setGroup) !== 0;
  const made = makeNewTextFile(path, text, isShared ? groupReads : ownerOnly);
  switch (made.kind) {
    case 'made': {
      const cure = isShared && isMember(user, made.gid, edges) ? null : cureFor(path, user, edges);
      return ok(`written to ${path}${cure === null ? '' : `; ${cure}`}`);
    }
    case 'exists':
      return err(`${made.path} is there already, and is not replaced; name another file, or remove that one`);
    case 'failed': {
      const cure = 'name a file in a folder where this user may write';
      return err(`${path} can't be written: ${messageOf(made.error)}; ${cure}`);
    }
  }
}

function isMember(user: string | null, gid: number, { files, privileges }: Edges): boolean {
  const account = user === null ? null : privileges.lookUp(user);
  const isNamed = () => files.group(gid).members.some(({ name }) => name === account?.name);
  return account !== null && (account.gid === gid || isNamed());
}

/** What to type so that the agent's user can read the file; null: that user can. */
function cureFor(path: string, user: string | null, { files, machine, privileges }: Edges): string | null {
  const account = user === null ? null : privileges.lookUp(user);
  if (account === null || account.uid === 0 || account.uid === machine.uid) return null;
  const group = files.group(account.gid).name ?? String(account.gid);
  const command = `chown root:${typeable(group)} ${typeable(path)} && chmod 0640 ${typeable(path)}`;
  return `${account.name} can't read it; type${machine.uid === 0 ? '' : ' as root'}: ${command}`;
}
