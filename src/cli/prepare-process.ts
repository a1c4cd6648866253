import { dirname } from 'node:path';
import type { Edges } from '../io/edges.ts';
import { libc } from '../io/libc.ts';
import { closeInheritedDescriptors } from '../io/process/descriptors.ts';
import { forbidInspection } from '../io/process/inspection.ts';
import type { Account } from '../io/process/privileges.ts';
import type { Config } from '../model/config.ts';
import { err, type Result } from '../model/result.ts';
import { backgroundLog, becomeUser, type CommandConfig } from './command-config.ts';

/**
 * Prepares this process to be the agent: makes the folders of the user that `-u` names, becomes
 * that user, closes itself to its own plugins, and checks that the pid file can be made. An error
 * is a sentence for the user.
 */
export function prepareProcess({ config, account, edges }: CommandConfig, hasConsole: boolean): Result<Edges, string> {
  const failed = account && makeFolders(config, account, hasConsole, edges);
  if (failed !== null) return err(`-u: ${failed}`);
  // After the files are read, because `-f <(…)` is such a descriptor. Before the user changes,
  // because then /proc/self belongs to root.
  closeInheritedDescriptors();
  libc()?.shareArena(); // threads that do little would each keep memory of their own
  const became = becomeUser(account, edges);
  if (!became.ok) return became;
  forbidInspection(); // after the user has changed, because that allows it again
  const trouble = dirname(config.pidFile) === config.stateDir ? null : became.value.pidFiles.trouble(config.pidFile);
  return trouble === null ? became : err(trouble);
}

/** Makes missing folders for the user that this process is about to become. */
function makeFolders(config: Config, account: Account, hasConsole: boolean, { privileges }: Edges): string | null {
  const logFile = hasConsole ? config.log.location : backgroundLog(config);
  const shared = [config.pidFile, ...(logFile === null ? [] : [logFile])].map((file) => dirname(file));
  const folders = [
    { path: config.stateDir, mode: 0o700 },
    ...shared.filter((path) => path !== config.stateDir).map((path) => ({ path, mode: 0o755 })),
  ];
  for (const { path, mode } of folders) {
    const failed = privileges.makeFolder(path, mode, account);
    if (failed !== null) return failed;
  }
  return null;
}
