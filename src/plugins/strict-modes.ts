import type { Files } from '../io/disk/files.ts';
import type { PathStep } from '../io/disk/path-steps.ts';
import type { ExposedFolder, ExposedTo } from '../model/exposed-folder.ts';
import type { PermissionChecker } from './permissions.ts';

/** What strict modes ask of the system where a folder is writable by more than its owner. */
export type StrictFiles = Pick<Files, 'accessList' | 'group' | 'userName'>;

const [sticky, groupWrites, othersWrite] = [0o1000, 0o020, 0o002];

/** Whether it takes a look at groups or at an access list to judge this folder. */
export function asksGroups({ mode }: PathStep): boolean {
  return (mode & groupWrites) !== 0 && (mode & sticky) === 0;
}

/**
 * Judges one folder on the way to a script or to the plugin directory. It must belong to root or
 * to the agent's user, and no one else may write it, unless it is sticky and the entry on the way
 * belongs to one of these two. Null: no one else can have the way lead elsewhere. Never throws.
 */
export function judgeFolder(step: PathStep, files: StrictFiles, checker: PermissionChecker): ExposedFolder | null {
  const user = (uid: number) => ({ uid, name: files.userName(uid) });
  const to = checker.checksModes ? exposedTo(step, files, checker, user) : null;
  const { folder, entry, mode, uid } = step;
  return to && { folder, entry, mode, owner: user(uid), agent: user(checker.uid), to };
}

function exposedTo(
  { mode, uid, gid, folder, entryUid, isLink }: PathStep,
  files: StrictFiles,
  checker: PermissionChecker,
  user: (uid: number) => ExposedFolder['owner'],
): ExposedTo | null {
  const isTrusted = (one: number) => one === 0 || one === checker.uid;
  if (!isTrusted(uid)) return { kind: 'owner' };
  if ((mode & (groupWrites | othersWrite)) === 0) return null;
  if ((mode & sticky) !== 0)
    // a foreign entry that is no link is refused for itself
    return isLink && !isTrusted(entryUid) ? { kind: 'link-owner', user: user(entryUid) } : null;
  if ((mode & othersWrite) !== 0) return { kind: 'others' };
  const list = files.accessList(folder);
  const listed = (list?.users ?? []).filter((one) => !isTrusted(one));
  if (listed.length > 0) return { kind: 'list', users: listed.map(user) };
  const groups = list === null ? [gid] : list.groups.map((group) => group ?? gid);
  return groups.map((group) => exposedToGroup(group, files, checker)).find((one) => one !== null) ?? null;
}

/** Root's group and the agent's own primary group are trusted while they have no other members. */
function exposedToGroup(gid: number, files: StrictFiles, { uid }: PermissionChecker): ExposedTo | null {
  const { name, members, primaryOf } = files.group(gid);
  const others = members.filter((member) => member.uid !== 0 && member.uid !== uid).map((member) => member.name);
  const isOwn = gid === 0 || (name !== null && primaryOf.includes(uid));
  return isOwn && others.length === 0 ? null : { kind: 'group', gid, name, others };
}
