import { type Files, makePrivateDirectory } from '../io/disk/files.ts';
import { messageOf } from '../io/errors.ts';
import type { Config } from '../model/config.ts';
import { explanationOf } from '../words/explanation.ts';
import type { PermissionChecker } from './permissions.ts';
import { adviceOnDirectory } from './rejection-advice.ts';
import { judgeDirectoryOnWay, wayTo } from './way.ts';

/**
 * Makes the default script directory if it is missing. Returns why the directory can't be used, in
 * one sentence; null: it can.
 */
export function prepareDirectory(scripts: Config['scripts'], files: Files, checker: PermissionChecker): string | null {
  if (scripts.isDefaultLocation && files.facts(scripts.location).kind === 'failed') {
    try {
      makePrivateDirectory(scripts.location);
    } catch (error) {
      return `the script directory ${scripts.location} can't be made: ${messageOf(error)}; name another with -s DIR`;
    }
  }
  const { location } = scripts;
  const way = wayTo(files, location, checker, null);
  const rejection = judgeDirectoryOnWay(location, files.facts(location), way, files, checker);
  return rejection && `the script directory can't be used: ${explanationOf(adviceOnDirectory(rejection))}`;
}
