import type { FileFailure } from '../io/disk/file-failure.ts';
import type { FileFacts, Files } from '../io/disk/files.ts';
import type { DirectoryRejection, LinkTarget, PluginRejection, RefusedFile } from '../model/plugin.ts';
import { isProgram } from '../words/shebang.ts';
import { notUtf8 } from './rejection-advice.ts';
import { firstLineOf } from './script-notes.ts';

/**
 * What the permission check compares with: the agent's effective uid, and whether owners and modes
 * count on this system (not on Windows). `isStrict`: no group may write a folder on the way to a
 * script, unless it is root's or the agent user's own and has no one else in it.
 */
export type PermissionChecker = { readonly uid: number; readonly checksModes: boolean; readonly isStrict: boolean };

/** The checker of this machine. `uid` is null where there are no uids. */
export function checkerOf(uid: number | null, platform: string, isStrict: boolean): PermissionChecker {
  return { uid: uid ?? 0, checksModes: platform !== 'win32', isStrict };
}

/** The same, for a strictness that may change while the agent runs. */
export function liveChecker(uid: number | null, platform: string, isStrict: () => boolean): PermissionChecker {
  return {
    ...checkerOf(uid, platform, false),
    get isStrict() {
      return isStrict();
    },
  };
}

const ownerOnly = 0o700;

const neverPlugins = [
  /^\./, // hidden
  /~$/,
  /^#.*#$/s,
  /\.sw[px]$/, // editors
  /^4913$/, // vim's probe for whether it may write here
  /\.(tmp|bak|orig|rej)$/,
  /\.dpkg-/,
  /\.rpm(save|new|orig)$/,
  /\.ucf-/,
  /\.ansible_tmp/,
];

/**
 * Whether a file of this name never runs: a hidden file, or one left by an editor, a package
 * manager or Ansible.
 */
export function isIgnoredName(name: string): boolean {
  return neverPlugins.some((pattern) => pattern.test(name));
}

/** What the permission check asks of the file system where a file is refused. */
export type RefusalFiles = Pick<Files, 'facts' | 'head' | 'linkTarget' | 'realpath' | 'userName'>;

/**
 * Judges a directory entry. An accepted script is a regular file with mode exactly 0700 that the
 * agent's user owns. `facts` are of the file itself, or of the target of a link; `files` are asked
 * for more only where it is refused. Null: accepted; `'no-plugin'`: a directory, socket, FIFO or
 * device, or gone.
 */
export function judgeScript(
  path: string,
  facts: FileFacts | FileFailure,
  files: RefusalFiles,
  checker: PermissionChecker,
): PluginRejection | 'no-plugin' | null {
  if (facts.kind === 'failed') {
    const target = files.linkTarget(path);
    const isNothing = facts.code === 'ENOENT' || facts.code === 'ENOTDIR';
    if (isNothing && target !== null) return { kind: 'dangling-link', path, target };
    if (isNothing && !path.includes(notUtf8)) return 'no-plugin';
    return { kind: 'unreadable', path, code: facts.code, target };
  }
  if (facts.kind !== 'file') return 'no-plugin';
  if (!checker.checksModes || (facts.uid === checker.uid && facts.mode === ownerOnly)) return null;
  const firstLine = firstLineOf(files, path);
  const refused = { ...refusedFile(path, facts, files, checker), link: linkOf(path, files, firstLine !== null) };
  if ((facts.mode & 0o111) === 0 && firstLine !== null && !isProgram(firstLine))
    return { kind: 'not-a-script', ...refused, hiddenPath: freeHiddenPath(path, files) };
  return { kind: facts.uid === checker.uid ? 'wrong-mode' : 'wrong-owner', ...refused };
}

/**
 * Judges the plugin directory. It must have mode exactly 0700, and belong to the agent's user.
 * Null: accepted.
 */
export function judgeDirectory(
  path: string,
  facts: FileFacts | FileFailure,
  files: Pick<Files, 'linkTarget' | 'userName'>,
  checker: PermissionChecker,
): DirectoryRejection | null {
  if (facts.kind === 'failed')
    return facts.code === 'ENOENT' ? { kind: 'missing', path } : { kind: 'unreadable', path, code: facts.code };
  if (facts.kind !== 'directory') return { kind: 'not-a-directory', path };
  if (!checker.checksModes || (facts.uid === checker.uid && facts.mode === ownerOnly)) return null;
  const refused = { ...refusedFile(path, facts, files, checker), target: files.linkTarget(path) };
  return { kind: facts.uid === checker.uid ? 'wrong-mode' : 'wrong-owner', ...refused };
}

function refusedFile(
  path: string,
  { mode, uid }: FileFacts,
  files: Pick<Files, 'userName'>,
  { uid: agentUid }: PermissionChecker,
): Omit<RefusedFile, 'link'> {
  return { path, mode, uid, user: files.userName(uid), agentUid, agentUser: files.userName(agentUid) };
}

function linkOf(path: string, files: RefusalFiles, isReadable: boolean): LinkTarget | null {
  const target = files.linkTarget(path);
  if (target === null) return null;
  const directory = files.realpath(path.slice(0, path.lastIndexOf('/')));
  return { path: target, isInside: target.startsWith(`${directory}/`), isReadable };
}

/** The path with a leading dot in its name, and a number behind it if that one is taken. */
function freeHiddenPath(path: string, files: RefusalFiles): string {
  const at = path.lastIndexOf('/') + 1;
  const hidden = `${path.slice(0, at)}.${path.slice(at)}`;
  let free = hidden;
  for (let number = 2; isThere(free, files); number += 1) free = `${hidden}.${number}`;
  return free;
}

function isThere(path: string, files: RefusalFiles): boolean {
  return files.facts(path).kind !== 'failed' || files.linkTarget(path) !== null;
}
