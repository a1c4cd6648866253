import type { FileFailure } from '../io/disk/file-failure.ts';
import type { FileFacts, Files } from '../io/disk/files.ts';
import type { DirectoryRejection, PluginRejection } from '../model/plugin.ts';
import { isProgram } from '../words/shebang.ts';
import { checkerOf, type PermissionChecker } from './permissions.ts';
import type { PermissionRule } from './rule.ts';
import { firstLineOf } from './script-notes.ts';
import { refusedFolder, type Way, wayInto } from './way.ts';

/** The checker that goes with `guardedRule`: no group may write what is looked at. */
export function guardedChecker(uid: number | null, platform: string): PermissionChecker {
  return checkerOf(uid, platform, true);
}

/**
 * The rule of other systems' directories and of commands. No one but root and the agent's user can
 * change what runs: the file, and each folder above it and above a link's target, belong to one of
 * the two, and no one else may write them. Otherwise the mode is free. `section` is that of the
 * configuration, as a person would write it: `[directory:munin]`.
 */
export function guardedRule(section: string): PermissionRule {
  return {
    wayToDirectory: wayInto,
    judgeDirectory: (path, facts, way, _files, checker) => judgeGuardedDirectory(path, facts, way, checker, section),
    wayToScript: wayInto,
    judgeScript: (path, facts, way, files, checker) => judgeGuardedScript(path, facts, way, files, checker, section),
  };
}

/** The same for a command, which is listed also where there is no file. */
export function commandRule(section: string): PermissionRule {
  const rule = guardedRule(section);
  return {
    ...rule,
    judgeScript(path, facts, ...rest) {
      const judged = rule.judgeScript(path, facts, ...rest);
      if (judged !== 'no-plugin') return judged;
      return { kind: 'no-program', path, target: null, section, isMissing: facts.kind === 'failed' };
    },
  };
}

function judgeGuardedDirectory(
  path: string,
  facts: FileFacts | FileFailure,
  way: Way | null,
  checker: PermissionChecker,
  section: string,
): DirectoryRejection | null {
  if (facts.kind === 'failed')
    return isNothing(facts)
      ? { kind: 'no-directory', path, section, isMissing: true }
      : { kind: 'unreadable', path, code: facts.code };
  if (facts.kind !== 'directory') return { kind: 'no-directory', path, section, isMissing: false };
  const by = refusedFolder(way, checker);
  return by && { kind: 'unguarded', path, section, by };
}

function judgeGuardedScript(
  path: string,
  facts: FileFacts | FileFailure,
  way: Way | null,
  files: Files,
  checker: PermissionChecker,
  section: string,
): PluginRejection | 'no-plugin' | null {
  if (facts.kind === 'failed') {
    const target = files.linkTarget(path);
    if (!isNothing(facts)) return { kind: 'unreadable', path, code: facts.code, target };
    return target === null ? 'no-plugin' : { kind: 'no-program', path, target, section, isMissing: true };
  }
  if (facts.kind !== 'file') return 'no-plugin';
  if (!checker.checksModes) return null;
  const by = refusedFolder(way, checker);
  if (by !== null) return { kind: 'unguarded', path, section, by };
  if (files.isExecutable(path)) return null;
  const firstLine = firstLineOf(files, path);
  const isScript = (facts.mode & 0o111) !== 0 || firstLine === null || isProgram(firstLine);
  return { kind: 'not-executable', path, file: files.realpath(path), isOwn: facts.uid === checker.uid, isScript };
}

function isNothing({ code }: FileFailure): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}
