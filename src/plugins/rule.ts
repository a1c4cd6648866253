import type { FileFailure } from '../io/disk/file-failure.ts';
import type { FileFacts, Files } from '../io/disk/files.ts';
import type { DirectoryRejection, PluginRejection } from '../model/plugin.ts';
import type { PermissionChecker } from './permissions.ts';
import { judgeDirectoryOnWay, judgeScriptOnWay, type Way, wayTo, wayToTarget } from './way.ts';

type FindWay = (files: Files, path: string, checker: PermissionChecker, before: Way | null) => Way | null;

type Judge<Verdict> = (
  path: string,
  facts: FileFacts | FileFailure,
  way: Way | null,
  files: Files,
  checker: PermissionChecker,
) => Verdict;

/**
 * How a directory and the scripts in it are judged: which folders are looked at, and what is made
 * of them and of the facts. Without a way, only what the path leads to is judged. Nothing here
 * throws.
 */
export type PermissionRule = {
  readonly wayToDirectory: FindWay;
  readonly judgeDirectory: Judge<DirectoryRejection | null>;
  readonly wayToScript: FindWay;
  readonly judgeScript: Judge<PluginRejection | 'no-plugin' | null>;
};

/** The rule of the script directory: all in it is the agent user's alone, with mode 0700. */
export const privateRule: PermissionRule = {
  wayToDirectory: wayTo,
  judgeDirectory: judgeDirectoryOnWay,
  wayToScript: wayToTarget,
  judgeScript: judgeScriptOnWay,
};
