import { noDescriptorsLeft } from '../io/no-descriptors.ts';
import type { Advice } from '../model/advice.ts';
import type { DirectoryRejection, PluginRejection, RefusedFile, ScriptAdviceKind } from '../model/plugin.ts';
import { unreachable } from '../model/result.ts';
import { octal } from '../words/octal.ts';
import { typeable } from '../words/shell-words.ts';
import { userText } from '../words/user-text.ts';
import { visible } from '../words/visible.ts';
import { adviceOnExposedDirectory, adviceOnExposedTarget } from './exposure-advice.ts';
import {
  adviceOnNoDirectory,
  adviceOnNoProgram,
  adviceOnNotExecutable,
  adviceOnUnguardedDirectory,
  adviceOnUnguardedScript,
} from './guarded-advice.ts';

/** Stands in Node for bytes of a name that are not UTF-8. No file is found under such a name. */
export const notUtf8 = '\uFFFD';

const copyOfUnreadable =
  "leave that file as it is; the agent's user may not read it, so if it may have it, " +
  'put a copy that belongs to that user in the place of the link';
const linkRemedy = 'correct the link, or remove it';

/** What is wrong with a rejected script, and the commands that correct it. */
export function adviceOnScript(rejection: PluginRejection): Advice<ScriptAdviceKind> {
  const { kind, path } = rejection;
  switch (kind) {
    case 'not-a-script':
      return notAScript(rejection);
    case 'wrong-mode': {
      const sentence = `${subject(rejection)} has mode ${modeText(rejection.mode)}${copyInWords(rejection)}`;
      const isExecutable = (rejection.mode & 0o100) !== 0;
      return { kind: isExecutable ? kind : 'not-executable', sentence, commands: corrections(rejection) };
    }
    case 'wrong-owner': {
      const sentence = `${subject(rejection)} ${ownerText(rejection)}${copyInWords(rejection)}`;
      return { kind, sentence, commands: corrections(rejection) };
    }
    case 'exposed':
      return adviceOnExposedTarget(path, rejection.target, rejection.folder);
    case 'dangling-link': {
      const link = `${shownName(path)} is a symbolic link to ${typeable(rejection.target)}`;
      const sentence = `${link}, which does not exist; ${linkRemedy}`;
      return { kind: 'unreadable', sentence, commands: [`rm ${typeable(path)}`] };
    }
    case 'unreadable':
      return unreadable('unreadable', rejection);
    case 'unguarded':
      return adviceOnUnguardedScript(rejection);
    case 'not-executable':
      return adviceOnNotExecutable(rejection);
    case 'no-program':
      return adviceOnNoProgram(rejection);
    default:
      return unreachable(rejection);
  }
}

/** Why no plugin of the directory runs, and the commands that correct it. */
export function adviceOnDirectory(rejection: DirectoryRejection): Advice<'directory-suspended'> {
  const kind = 'directory-suspended';
  const { path } = rejection;
  switch (rejection.kind) {
    case 'wrong-mode':
      return ofDirectory(rejection, `has mode ${modeText(rejection.mode)}`, '');
    case 'wrong-owner':
      return ofDirectory(rejection, ownerText(rejection), otherAgent(rejection));
    case 'unreadable':
      return unreadable(kind, { ...rejection, target: null });
    case 'exposed':
      return adviceOnExposedDirectory(path, rejection.folder);
    case 'unguarded':
      return adviceOnUnguardedDirectory(rejection);
    case 'no-directory':
      return adviceOnNoDirectory(path, rejection.section, rejection.isMissing);
    case 'missing':
      return {
        kind,
        sentence: `there is no directory ${typeable(path)}; make it, and put the scripts into it`,
        commands: [`mkdir -p -m 0700 ${typeable(path)}`],
      };
    case 'in-use': {
      const sentence = `another agent (pid ${rejection.pid}) runs the plugins of ${typeable(path)}; stop that one`;
      return { kind, sentence, commands: [] };
    }
    case 'shared': {
      const is = `${typeable(path)} is ${rejection.by} too, and no plugin runs twice`;
      const sentence = `${is}; remove one of the two from the configuration`;
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

/**
 * The file first gets out of the way: to make it executable would run a README. A copy of a file
 * elsewhere is in words only: typed after the first command, it would make a plugin of it.
 */
function notAScript(rejection: Extract<PluginRejection, { kind: 'not-a-script' }>): Advice<'not-a-script'> {
  const { path, hiddenPath, link } = rejection;
  const what = `${subject(rejection)} is not executable and has no #! line`;
  const away = 'not a script? Move it elsewhere, or give it a leading dot, as the first command does';
  const hide = `mv -n ${typeable(path)} ${typeable(hiddenPath)}`;
  if (link && !link.isInside) {
    const copy = 'put a copy with mode 0700 and a #! line in the place of the link';
    return { kind: 'not-a-script', sentence: `${what}: ${away}. A script? Then ${copy}`, commands: [hide] };
  }
  const sentence = `${what}: ${away}. A script? Then make it one, as the rest does, and write a #! line`;
  return { kind: 'not-a-script', sentence, commands: [hide, ...corrections(rejection)] };
}

/** A directory that is a link may be in use by others, under its own name. */
function ofDirectory(
  rejection: Extract<DirectoryRejection, { kind: 'wrong-mode' | 'wrong-owner' }>,
  what: string,
  more: string,
): Advice<'directory-suspended'> {
  const { path, target } = rejection;
  const kind = 'directory-suspended';
  if (target === null)
    return { kind, sentence: `${shownName(path)} ${what}${more}`, commands: corrections({ ...rejection, link: null }) };
  const needed = "belong to the agent's user, with mode 0700";
  const cure = `leave that directory to others, and name one of the agent's own; the directory must ${needed}`;
  const link = `${shownName(path)} is a symbolic link to ${typeable(target)}`;
  return { kind, sentence: `${link}, which ${what}; ${cure}`, commands: [] };
}

/** Root may have been asked to run what another user's agent runs. */
function otherAgent({ uid, user, agentUid }: Omit<RefusedFile, 'link'>): string {
  if (agentUid !== 0) return '';
  const owner = user ?? uid;
  return `; if an agent runs as ${owner}, leave it, and add -u ${owner} here; otherwise give it to this one`;
}

/**
 * What makes a file acceptable. Changes no file but those of the plugin directory: of a target
 * elsewhere a copy takes the place of the link, which `install` removes first. What the agent's
 * user may not read is not given to it.
 */
function corrections({ path, link, mode, uid, agentUid }: Omit<RefusedFile, 'user' | 'agentUser'>): readonly string[] {
  if (link && !link.isInside)
    return link.isReadable ? [`install -m 0700 ${typeable(link.path)} ${typeable(path)}`] : [];
  const file = typeable(link?.path ?? path);
  return [
    ...(uid === agentUid ? [] : [`${asRoot(agentUid)}chown ${agentUid} ${file}`]),
    ...(mode === 0o700 ? [] : [`chmod ${chmodArgument(mode)} ${file}`]),
  ];
}

/** The advice about a link whose target is elsewhere, where it may be a package's. */
function copyInWords({ link, mode }: RefusedFile): string {
  if (!link || link.isInside) return '';
  if (!link.isReadable) return `; ${copyOfUnreadable}`;
  const wrapper = `a script of two lines, #!/bin/sh and exec ${typeable(link.path)} "$@"`;
  const copy = 'leave that file as it is, and put a copy in the place of the link';
  return (mode & 0o111) === 0 ? `; ${copy}` : `; ${copy}, or ${wrapper}`;
}

function subject({ path, link }: RefusedFile): string {
  const name = shownName(path);
  return link ? `${name} is a symbolic link to ${typeable(link.path)}, which` : name;
}

function ownerText({ uid, user, agentUid, agentUser }: Omit<RefusedFile, 'link'>): string {
  return `belongs to ${userText(uid, user)}, but the agent runs as ${userText(agentUid, agentUser)}`;
}

function asRoot(agentUid: number): string {
  return agentUid === 0 ? '' : 'sudo ';
}

type Unreadable = Omit<Extract<PluginRejection, { kind: 'unreadable' }>, 'kind'>;

function unreadable<Kind extends string>(kind: Kind, { path, code, target }: Unreadable): Advice<Kind> {
  const name = shownName(path);
  const noDescriptors = noDescriptorsLeft(code);
  if (noDescriptors !== null) return { kind, sentence: `${name} can't be looked at: ${noDescriptors}`, commands: [] };
  if (code === 'ELOOP') {
    const sentence = `${name} is a symbolic link that leads back to itself; ${linkRemedy}`;
    return { kind, sentence, commands: [`rm ${typeable(path)}`] };
  }
  if (path.includes(notUtf8)) return { kind, sentence: `the name of ${name} is not UTF-8; rename it`, commands: [] };
  if (target !== null) {
    const what = `${name} is a symbolic link to ${typeable(target)}, which can't be looked at (${code})`;
    return { kind, sentence: `${what}; ${copyOfUnreadable}`, commands: [] };
  }
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

/** A mode, and how it differs from 0700, the worst first. */
function modeText(mode: number): string {
  const [group, others] = [(mode >> 3) & 7, mode & 7];
  const words: string[] = [];
  if (group !== 0 && group === others) words.push(`group and others can ${abilities(group)} it`);
  else {
    if (group !== 0) words.push(`group can ${abilities(group)} it`);
    if (others !== 0) words.push(`others can ${abilities(others)} it`);
  }
  const lacking = ~(mode >> 6) & 7;
  if (lacking !== 0) words.push(`its owner can't ${abilities(lacking, 'or')} it`);
  const special = [
    mode & 0o4000 ? 'set-user-id' : '',
    mode & 0o2000 ? 'set-group-id' : '',
    mode & 0o1000 ? 'sticky' : '',
  ].filter((bit) => bit !== '');
  if (special.length > 0) words.push(`the ${special.join(' and ')} bit is set`);
  return `${octal(mode)}: ${words.join(', ')}`;
}

function abilities(bits: number, conjunction = 'and'): string {
  const words = [bits & 4 ? 'read' : '', bits & 2 ? 'write' : '', bits & 1 ? 'run' : ''].filter((word) => word !== '');
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
