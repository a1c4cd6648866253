import type { Advice } from '../model/advice.ts';
import type { ExposedFolder, FolderUser } from '../model/exposed-folder.ts';
import { unreachable } from '../model/result.ts';
import { octal } from '../words/octal.ts';
import { typeable } from '../words/shell-words.ts';
import { userText } from '../words/user-text.ts';
import { visible } from '../words/visible.ts';

const sharedFolders = new Set(['/tmp', '/var/tmp', '/dev/shm', '/private/tmp', '/private/var/tmp']);

/** Explains that no plugin runs, because others can replace the plugin directory. */
export function adviceOnExposedDirectory(path: string, exposed: ExposedFolder): Advice<'directory-suspended'> {
  const sentence = `the way to ${typeable(path)} is not safe: ${whoCan(exposed)}; ${cureOfDirectory(exposed)}`;
  return { kind: 'directory-suspended', sentence, commands: corrections(exposed) };
}

/** Explains that a link is rejected, because others can replace its target. */
export function adviceOnExposedTarget(path: string, target: string, exposed: ExposedFolder): Advice<'exposed-folder'> {
  const link = `${nameOf(path)} is a symbolic link to ${typeable(target)}, and the way there is not safe`;
  const sentence = `${link}: ${whoCan(exposed)}; ${cureOfTarget(exposed)}`;
  return { kind: 'exposed-folder', sentence, commands: corrections(exposed) };
}

/** Warns that a group can replace what is run. `path`: the directory, or a link. */
export function adviceOnGroup(path: string, exposed: ExposedFolder): Advice<'group-writable'> {
  const cure = isOwn(exposed) ? "take that right away if they are not to run code as the agent's user" : moveOrTrust;
  const strict = 'strict = true under [scripts] refuses such folders';
  const sentence = `the way to ${typeable(path)} depends on a group: ${whoCan(exposed)}; ${cure}; ${strict}`;
  return { kind: 'group-writable', sentence, commands: corrections(exposed) };
}

const moveOrTrust = "trust them as the agent's user, or move the scripts to a folder that they can't write";

/** Says who else than root and the agent's user can do what, and by which right. */
export function whoCan(
  { folder, entry, mode, owner, to }: ExposedFolder,
  at = `the folder ${typeable(folder)}`,
  can = `can put something else in the place of ${typeable(entry)} there`,
): string {
  switch (to.kind) {
    case 'owner':
      return `${at} belongs to ${userText(owner.uid, owner.name)}, who ${can}`;
    case 'others':
      return `${at} has mode ${octal(mode)}, so everyone ${can}`;
    case 'list':
      return `the access list of ${at} lets ${listed(to.users)} write it, who ${can}`;
    case 'link-owner': {
      const whose = userText(to.user.uid, to.user.name);
      return `${typeable(entry)} in ${at} is a link of ${whose}, who can have it lead elsewhere`;
    }
    case 'group': {
      const group = to.name === null ? `gid ${to.gid}` : `${to.name} (gid ${to.gid})`;
      const unknown = to.name === null ? ', whose members are not known here,' : '';
      const members = to.others.length > 0 ? ` (${to.others.map(visible).join(', ')})` : unknown;
      return `${at} has mode ${octal(mode)}, so the group ${group}${members} ${can}`;
    }
    default:
      return unreachable(to);
  }
}

function listed(users: readonly FolderUser[]): string {
  return users.map(({ uid, name }) => userText(uid, name)).join(' and ');
}

function cureOfDirectory(exposed: ExposedFolder): string {
  if (isCorrectable(exposed)) return inOwnFolder(exposed);
  return `move the scripts to a directory where ${safeFolders(exposed)}, and name it with -s`;
}

function cureOfTarget(exposed: ExposedFolder): string {
  if (isCorrectable(exposed)) return inOwnFolder(exposed);
  return 'read that file, and put a copy of what you have read in the place of the link';
}

function inOwnFolder({ folder }: ExposedFolder): string {
  return isPublic(folder) ? 'give the folder its sticky bit back' : 'take that right away';
}

function safeFolders({ agent }: ExposedFolder): string {
  const who = agent.uid === 0 ? 'root' : `root and ${userText(agent.uid, agent.name)}`;
  return `only ${who} can write the folders above it`;
}

/** Changes only a folder of the agent's user, and only who may write it. */
function corrections(exposed: ExposedFolder): readonly string[] {
  if (!isCorrectable(exposed)) return [];
  const { folder, to } = exposed;
  if (to.kind !== 'others') return [`chmod g-w ${typeable(folder)}`]; // of an access list, this is the mask
  return [`chmod ${isPublic(folder) ? '+t' : 'o-w'} ${typeable(folder)}`];
}

function isCorrectable(exposed: ExposedFolder): boolean {
  return isOwn(exposed) && (exposed.to.kind === 'others' || exposed.to.kind === 'group' || exposed.to.kind === 'list');
}

/** Whether all users share a folder: others must be able to write there. */
export function isPublic(folder: string): boolean {
  return sharedFolders.has(folder);
}

function isOwn({ owner, agent }: ExposedFolder): boolean {
  return owner.uid === agent.uid;
}

function nameOf(path: string): string {
  return visible(path.slice(path.lastIndexOf('/') + 1));
}
