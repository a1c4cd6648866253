import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { JudgedScript } from '../model/plugin.ts';
import { CommandPlugins } from '../plugins/commands.ts';
import { guardedChecker } from '../plugins/guarded-rule.ts';
import { directoryOrigin } from '../plugins/origin.ts';
import { judgedScripts } from '../plugins/registry.ts';
import { emptyScan, scanDirectory } from '../plugins/scan.ts';

/**
 * Looks at the plugins of a configuration that are not in the script directory: those of each
 * enabled `[directory:NAME]`, and the commands, accepted or not. None of a directory that can't be
 * used. Never throws.
 */
export function pluginsElsewhere({ directories, plugins }: Config, edges: Edges): readonly JudgedScript[] {
  const checker = guardedChecker(edges.machine.uid, edges.platform);
  const inDirectories = [...directories].flatMap(([name, { enabled, path, format }]) =>
    enabled
      ? judgedScripts(scanDirectory(edges.files, path, checker, edges.clock, emptyScan, directoryOrigin(name, format)))
      : [],
  );
  const commands = new CommandPlugins(edges, { plugins: () => plugins, checker, emit: () => {} });
  commands.rescan();
  return [...inDirectories, ...commands.scripts()];
}
