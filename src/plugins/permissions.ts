import type { FileFacts, FileFailure } from '../io/disk/files.ts';
import type { Advice } from '../model/advice.ts';
import type { DirectoryRejection, PluginRejection, ScriptAdviceKind } from '../model/plugin.ts';
import { unreachable } from '../model/result.ts';
import { octal } from '../words/octal.ts';
import { typeable } from '../words/shell-words.ts';
import { visible } from '../words/visible.ts';

/**
 * What the permission check compares with: the agent's effective uid, and whether owners and modes
 * count on this system (not on Windows).
 */
export type PermissionChecker = { readonly uid: number; readonly checksModes: boolean };

/** The checker of this machine. `uid` is null where there are no uids. */
export function checkerOf(uid: number | null, platform: string): PermissionChecker {
  return { uid: uid ?? 0, checksModes: platform !== 'win32' };
}

const ownerOnly = 0o700;
/** Stands in Node for bytes of a name that are not UTF-8. No file is found under such a name. */
const notUtf8 = '\uFFFD';

const linkRemedy = 'correct the link, or remove it';

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

/**
 * Judges a directory entry. An accepted script is a regular file with mode exactly 0700 that the
 * agent's user owns. `facts` are of the file itself, or of the target of a link; `isLink` matters
 * only where they could not be read. Null: accepted; `'no-plugin'`: a directory, socket, FIFO or
 * device, or gone.
 */
export function judgeScript(
  path: string,
  facts: FileFacts | FileFailure,
  isLink: boolean,
  checker: PermissionChecker,
): PluginRejection | 'no-plugin' | null {
  if (facts.kind === 'failed') {
    const isNothing = facts.code === 'ENOENT' || facts.code === 'ENOTDIR';
    if (isNothing && isLink) return { kind: 'dangling-link', path };
    if (isNothing && !path.includes(notUtf8)) return 'no-plugin';
    return { kind: 'unreadable', path, code: facts.code };
  }
  if (facts.kind !== 'file') return 'no-plugin';
  if (!checker.checksModes) return null;
  if (facts.uid !== checker.uid) return { kind: 'wrong-owner', path, uid: facts.uid, agentUid: checker.uid };
  if (facts.mode !== ownerOnly) return { kind: 'wrong-mode', path, mode: facts.mode };
  return null;
}

/**
 * Judges the plugin directory. It must have mode exactly 0700, and belong to the agent's user.
 * Null: accepted.
 */
export function judgeDirectory(
  path: string,
  facts: FileFacts | FileFailure,
  checker: PermissionChecker,
): DirectoryRejection | null {
  if (facts.kind === 'failed')
    return facts.code === 'ENOENT' ? { kind: 'missing', path } : { kind: 'unreadable', path, code: facts.code };
  if (facts.kind !== 'directory') return { kind: 'not-a-directory', path };
  if (!checker.checksModes) return null;
  if (facts.uid !== checker.uid) return { kind: 'wrong-owner', path, uid: facts.uid, agentUid: checker.uid };
  if (facts.mode !== ownerOnly) return { kind: 'wrong-mode', path, mode: facts.mode };
  return null;
}

/** What is wrong with a rejected script, and the command that corrects it. */
export function adviceOnScript(rejection: PluginRejection): Advice<ScriptAdviceKind> {
  const { path } = rejection;
  switch (rejection.kind) {
    case 'wrong-mode':
      return wrongMode((rejection.mode & 0o100) === 0 ? 'not-executable' : 'wrong-mode', path, rejection.mode);
    case 'wrong-owner':
      return wrongOwner('wrong-owner', path, rejection.uid, rejection.agentUid);
    case 'dangling-link': {
      const sentence = `${shownName(path)} is a symbolic link to a file that does not exist; ${linkRemedy}`;
      return { kind: 'unreadable', sentence, commands: [`rm ${typeable(path)}`] };
    }
    case 'unreadable':
      return unreadable('unreadable', path, rejection.code);
    default:
      return unreachable(rejection);
  }
}

/** Why no plugin of the directory runs, and the command that corrects it. */
export function adviceOnDirectory(rejection: DirectoryRejection): Advice<'directory-suspended'> {
  const kind = 'directory-suspended';
  const { path } = rejection;
  switch (rejection.kind) {
    case 'wrong-mode':
      return wrongMode(kind, path, rejection.mode);
    case 'wrong-owner':
      return wrongOwner(kind, path, rejection.uid, rejection.agentUid);
    case 'unreadable':
      return unreadable(kind, path, rejection.code);
    case 'missing':
      return {
        kind,
        sentence: `there is no directory ${typeable(path)}`,
        commands: [`mkdir -p -m 0700 ${typeable(path)}`],
      };
    case 'in-use': {
      const sentence = `another agent (pid ${rejection.pid}) runs the plugins of ${typeable(path)}; stop that one`;
      return { kind, sentence, commands: [] };
    }
    case 'not-a-directory': {
      const sentence = `${typeable(path)} is not a directory; name the directory that holds the scripts`;
      return { kind, sentence, commands: [] };
    }
    default:
      return unreachable(rejection);
  }
}

function wrongMode<Kind extends string>(kind: Kind, path: string, mode: number): Advice<Kind> {
  const sentence = `${shownName(path)} has mode ${octal(mode)}: ${modeInWords(mode)}`;
  return { kind, sentence, commands: [`chmod ${chmodArgument(mode)} ${typeable(path)}`] };
}

function wrongOwner<Kind extends string>(kind: Kind, path: string, uid: number, agentUid: number): Advice<Kind> {
  const sentence = `${shownName(path)} belongs to uid ${uid}, but the agent runs as uid ${agentUid}`;
  return { kind, sentence, commands: [`chown ${agentUid} ${typeable(path)}`] };
}

function unreadable<Kind extends string>(kind: Kind, path: string, code: string): Advice<Kind> {
  const name = shownName(path);
  if (code === 'ELOOP') {
    const sentence = `${name} is a symbolic link that leads back to itself; ${linkRemedy}`;
    return { kind, sentence, commands: [`rm ${typeable(path)}`] };
  }
  if (path.includes(notUtf8)) return { kind, sentence: `the name of ${name} is not UTF-8; rename it`, commands: [] };
  const needed = `the agent's user needs access to ${typeable(path)} and the folders above it`;
  return { kind, sentence: `${name} can't be looked at (${code}); ${needed}`, commands: [] };
}

function shownName(path: string): string {
  return visible(path.slice(path.lastIndexOf('/') + 1));
}

/**
 * The argument of `chmod` that gives mode 0700. With four digits, `chmod` of GNU coreutils leaves
 * the setuid and setgid bits of a directory as they are; with five it clears them.
 */
function chmodArgument(mode: number): string {
  return mode & 0o6000 ? '00700' : '0700';
}

/** How a mode differs from 0700, the worst first. */
function modeInWords(mode: number): string {
  const [group, others] = [(mode >> 3) & 7, mode & 7];
  const words: string[] = [];
  if (group !== 0 && group === others) words.push(`group and others can ${abilities(group)} it`);
  else {
    if (group !== 0) words.push(`group can ${abilities(group)} it`);
    if (others !== 0) words.push(`others can ${abilities(others)} it`);
  }
  const lacking = ~(mode >> 6) & 7;
  if (lacking !== 0) words.push(`its owner can't ${abilities(lacking, 'or')} it`);
  const special = [mode & 0o4000 ? 'setuid' : '', mode & 0o2000 ? 'setgid' : '', mode & 0o1000 ? 'sticky' : ''].filter(
    (bit) => bit !== '',
  );
  if (special.length > 0) words.push(`the ${special.join(' and ')} bit is set`);
  return words.join(', ');
}

function abilities(bits: number, conjunction = 'and'): string {
  const words = [bits & 4 ? 'read' : '', bits & 2 ? 'write' : '', bits & 1 ? 'run' : ''].filter((word) => word !== '');
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
