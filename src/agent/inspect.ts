import { mayBeHostMetrics } from '../host/names.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import type { Result } from '../model/result.ts';
import { collisionsBetween } from '../plugins/collisions.ts';
import { CommandPlugins } from '../plugins/commands.ts';
import { guardedChecker } from '../plugins/guarded-rule.ts';
import { directoryOrigin } from '../plugins/origin.ts';
import { checkerOf } from '../plugins/permissions.ts';
import { activePlugins, scanChanges } from '../plugins/registry.ts';
import { adviceOnDirectory } from '../plugins/rejection-advice.ts';
import { emptyScan, type Scan, scanDirectory } from '../plugins/scan.ts';
import { warningsOnScript } from '../plugins/script-warnings.ts';
import { refusedFolder, wayTo } from '../plugins/way.ts';
import { backUp } from '../store/backup.ts';
import { stateDirectoryTrouble } from '../store/state-directory.ts';
import { explanationOf } from '../words/explanation.ts';

/**
 * What a start would find on the disk: problems that keep the agent from starting, warnings about
 * scripts that would not run or whose metrics would mix, and how many would run.
 */
export type Inspection = {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly accepted: number;
};

/**
 * Looks at the plugins and the state directory of a configuration, without making or running
 * anything. Never throws.
 */
export function inspect(config: Config, edges: Edges): Inspection {
  const plugins = inspectPlugins(config, edges);
  const state = stateDirectoryTrouble(edges.files, config.stateDir, edges.machine.uid);
  return { ...plugins, problems: [...(state === null ? [] : [state]), ...plugins.problems] };
}

/**
 * Copies the database of a state directory to a new file, and returns the file's size in bytes. An
 * error is one sentence for the user. Never throws.
 */
export function backUpState({ files, machine }: Edges, stateDir: string, file: string): Result<number, string> {
  return backUp(files, stateDir, machine.uid, file);
}

/**
 * Whether the owner of what is at a path shows whom it is for: the folders above it keep all users
 * but root and this owner from putting something there. In a sticky folder such as /tmp, any user
 * can have been the first to make an entry that is not root's. Never throws.
 */
export function isSignOf(owner: number, path: string, { files, platform }: Pick<Edges, 'files' | 'platform'>): boolean {
  const checker = checkerOf(owner, platform, false);
  const steps = files.pathSteps(path);
  if ('kind' in steps || steps.some(({ mode, entryUid }) => isShared(mode) && entryUid !== 0)) return false;
  return refusedFolder(wayTo(files, path, checker, null), checker) === null;
}

/** Whether a folder is sticky, and more users than its owner may write it. */
function isShared(mode: number): boolean {
  return (mode & 0o1000) !== 0 && (mode & 0o022) !== 0;
}

/** What was found of one source of plugins. */
type InspectedPlugins = {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly plugins: readonly Plugin[];
  /** Every name in the script directory; empty: it is another source. */
  readonly entries: readonly string[];
};

function inspectPlugins(config: Config, edges: Edges): Inspection {
  const sources = [inspectScripts(config, edges), ...inspectDirectories(config, edges), inspectCommands(config, edges)];
  const plugins = sources.flatMap((source) => source.plugins);
  const collisions = collisionsBetween(
    sources.map((source) => source.plugins),
    sources.flatMap(({ entries }) => entries),
  );
  return {
    problems: sources.flatMap(({ problems }) => problems),
    warnings: [
      ...sources.flatMap(({ warnings }) => warnings),
      ...collisions.map(({ advice }) => explanationOf(advice)),
      ...plugins.flatMap((plugin) => warningsOnScript(plugin, edges.files).map(explanationOf)),
      ...(config.hostMetrics ? plugins.flatMap(hostCollision) : []),
    ],
    accepted: plugins.length,
  };
}

/** A missing default directory is not a problem: a start makes it. */
function inspectScripts(config: Config, edges: Edges): InspectedPlugins {
  const { enabled, location, isDefaultLocation, isStrict } = config.scripts;
  const isToBeMade = isDefaultLocation && edges.files.facts(location).kind === 'failed';
  if (!enabled || isToBeMade) return { problems: [], warnings: [], plugins: [], entries: [] };
  const checker = checkerOf(edges.machine.uid, edges.platform, isStrict);
  return inspected(scanDirectory(edges.files, location, checker, edges.clock, emptyScan), 'the script directory');
}

function inspectDirectories({ directories }: Config, edges: Edges): readonly InspectedPlugins[] {
  const checker = guardedChecker(edges.machine.uid, edges.platform);
  return [...directories].flatMap(([name, { enabled, path, format }]) => {
    if (!enabled) return [];
    const scan = scanDirectory(edges.files, path, checker, edges.clock, emptyScan, directoryOrigin(name, format));
    return [{ ...inspected(scan, `[directory:${name}]`), entries: [] }];
  });
}

function inspectCommands({ plugins }: Config, edges: Edges): InspectedPlugins {
  const warnings: string[] = [];
  const commands = new CommandPlugins(edges, {
    plugins: () => plugins,
    checker: guardedChecker(edges.machine.uid, edges.platform),
    emit: (event) =>
      warnings.push(...('advice' in event && event.advice !== null ? [explanationOf(event.advice)] : [])),
  });
  commands.rescan();
  return { problems: [], warnings, plugins: commands.active(), entries: [] };
}

function inspected(scan: Scan, what: string): InspectedPlugins {
  const { rejection, entries } = scan;
  return {
    problems: rejection ? [`${what} can't be used: ${explanationOf(adviceOnDirectory(rejection))}`] : [],
    warnings: scanChanges(emptyScan, scan).flatMap((change) =>
      'advice' in change && change.event !== 'plugins.suspended' ? [explanationOf(change.advice)] : [],
    ),
    plugins: activePlugins(scan),
    entries,
  };
}

/** Nothing is run, so what the script will print is not known: only that it may collide. */
function hostCollision({ name, path }: Plugin): readonly string[] {
  if (!mayBeHostMetrics(name)) return [];
  return [
    `${path} reports under the name ${name}, as host metrics do; where both have a metric, ` +
      "the host's is sent and the script's is not; rename it, or set host_metrics = false under [agent]",
  ];
}
