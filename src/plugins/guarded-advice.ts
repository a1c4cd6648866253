import type { Advice } from '../model/advice.ts';
import type { PluginRejection, ScriptAdviceKind, UnguardedPath } from '../model/plugin.ts';
import { typeable } from '../words/shell-words.ts';
import { visible } from '../words/visible.ts';
import { isPublic, whoCan } from './exposure-advice.ts';

type NotExecutable = Extract<PluginRejection, { kind: 'not-executable' }>;
type NoProgram = Extract<PluginRejection, { kind: 'no-program' }>;

/** Explains that a file of another system is rejected: someone else can change what runs. */
export function adviceOnUnguardedScript(unguarded: UnguardedPath): Advice<ScriptAdviceKind> {
  const { by } = unguarded;
  const ofFile = by.to.kind === 'owner' ? 'wrong-owner' : 'wrong-mode';
  return { kind: by.entry === '' ? ofFile : 'exposed-folder', ...wordsOnUnguarded(unguarded, 'file') };
}

/** Explains that no plugin of a directory runs, because someone else can change what runs. */
export function adviceOnUnguardedDirectory(unguarded: UnguardedPath): Advice<'directory-suspended'> {
  return { kind: 'directory-suspended', ...wordsOnUnguarded(unguarded, 'directory') };
}

/** The commands change who may write what belongs to root or to the agent's user, and no owner. */
function wordsOnUnguarded({ path, section, by }: UnguardedPath, what: 'file' | 'directory'): Omit<Advice, 'kind'> {
  const { folder, entry, owner, agent, to } = by;
  const can = what === 'file' ? 'can change what runs' : 'can put scripts there';
  const who = entry === '' ? whoCan(by, `the ${what} ${typeable(folder)}`, can) : whoCan(by);
  const sentence = `${typeable(path)} is not safe to run: ${who}`;
  const root = agent.uid === 0 ? 'root' : "root or the agent's user";
  if (to.kind === 'owner' || to.kind === 'link-owner') {
    const cure = `only what belongs to ${root} is run; read it, and have ${section} name what is yours`;
    return { sentence: `${sentence}; ${cure}`, commands: [] };
  }
  const sudo = owner.uid === agent.uid ? '' : 'sudo ';
  if (to.kind === 'others' && isPublic(folder))
    return {
      sentence: `${sentence}; give the folder its sticky bit back`,
      commands: [`${sudo}chmod +t ${typeable(folder)}`],
    };
  return { sentence: `${sentence}; take that right away`, commands: [`${sudo}chmod go-w ${typeable(folder)}`] };
}

/** Explains that the agent may not execute a file of another system. */
export function adviceOnNotExecutable({ path, file, isOwn, isScript }: NotExecutable): Advice<ScriptAdviceKind> {
  const chmod = `${isOwn ? 'chmod u+x' : 'sudo chmod a+x'} ${typeable(file)}`;
  const name = nameOf(path);
  if (isScript)
    return { kind: 'not-executable', sentence: `${name} is not executable for the agent's user`, commands: [chmod] };
  const sentence =
    `${name} is not executable and has no #! line, so it is evidently not a script, and is left alone; ` +
    `if it is one, write a #! line and make it executable with ${chmod}`;
  return { kind: 'not-a-script', sentence, commands: [] };
}

/** Explains that a path does not lead to a file. */
export function adviceOnNoProgram({ path, target, section, isMissing }: NoProgram): Advice<ScriptAdviceKind> {
  const kind = 'unreadable';
  if (!isMissing)
    return { kind, sentence: `${typeable(path)} is not a file; correct command under ${section}`, commands: [] };
  if (target === null)
    return {
      kind,
      sentence: `there is no file ${typeable(path)}; install it, or correct command under ${section}`,
      commands: [],
    };
  const link = `${nameOf(path)} is a symbolic link to ${typeable(target)}, which does not exist`;
  return { kind, sentence: `${link}; install that, or remove the link`, commands: [] };
}

/** Explains that the path of a `[directory:NAME]` does not lead to a directory. */
export function adviceOnNoDirectory(path: string, section: string, isMissing: boolean): Advice<'directory-suspended'> {
  const what = isMissing ? `there is no directory ${typeable(path)}` : `${typeable(path)} is not a directory`;
  const cure = `install what makes it, or correct path under ${section}`;
  return { kind: 'directory-suspended', sentence: `${what}; ${cure}`, commands: [] };
}

function nameOf(path: string): string {
  return visible(path.slice(path.lastIndexOf('/') + 1));
}
