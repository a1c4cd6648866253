import type { JudgedScript, Plugin } from '../model/plugin.ts';
import { isReporting, type PluginState } from '../model/status.ts';
import { type PluginFacts, pluginStatus } from './plugin-status.ts';
import type { RunFacts } from './runs.ts';
import type { StatusSources } from './status.ts';

/** What the metrics of a plugin say at a tick. `facts` change later. */
export type PluginFigures = {
  readonly state: PluginState;
  /** The kind of its first reason; empty: it has none. */
  readonly reason: string;
  readonly isReporting: boolean;
  /** For how long its run has been overdue, in seconds; 0: it is not. */
  readonly overdueS: number;
  readonly facts: RunFacts;
};

/** Returns the figures of a plugin at the moment of the call. */
export type FiguresOf = (script: JudgedScript) => PluginFigures;

/**
 * Makes the function that gives the figures of plugins, as the status has them. `factsOf` gives all
 * that is known of one. Most plugins are plainly well: for these it is not asked.
 */
export function createFiguresOf(
  sources: Pick<StatusSources, 'config' | 'isEnabled' | 'suspensionOf' | 'leftBehind' | 'unloggedStderr' | 'view'> &
    Pick<StatusSources, 'inFlight'>,
  factsOf: (script: JudgedScript) => PluginFacts,
): FiguresOf {
  const { config, view } = sources;
  const inFlight = new Set(sources.inFlight.map(({ file }) => file));
  const isUndisturbed = (plugin: Plugin) =>
    !inFlight.has(plugin.file) &&
    sources.suspensionOf(plugin) === null &&
    sources.leftBehind(plugin.file) === null &&
    sources.unloggedStderr(plugin.file) === null &&
    sources.isEnabled(config, plugin);
  return (script) => {
    const facts = view.runs(script.plugin.file);
    if (isPlainlyWell(script, facts) && isUndisturbed(script.plugin))
      return { state: 'ok', reason: '', isReporting: true, overdueS: 0, facts };
    const known = factsOf(script);
    const { state, reasons, runs, currentRun } = pluginStatus(known);
    return {
      state,
      reason: reasons[0]?.kind ?? '',
      isReporting: isReporting({ state, runs }),
      overdueS: currentRun?.isOverdue ? Math.max(0, currentRun.elapsedS - config.overdueAfterMs / 1000) : 0,
      facts,
    };
  };
}

/**
 * Whether nothing can be said of a script and its last run but that it reports: then it is `ok`
 * without a reason, if nothing else disturbs it. False: that must be looked at in detail.
 */
function isPlainlyWell(
  { advice, note, collision, isSettled }: Pick<JudgedScript, 'advice' | 'note' | 'collision' | 'isSettled'>,
  { run, lastRunSkips }: Pick<RunFacts, 'run' | 'lastRunSkips'>,
): boolean {
  if (advice !== null || note !== null || collision !== null || !isSettled || run === null) return false;
  return (
    run.failure === null &&
    run.samples > 0 &&
    run.badLines === 0 &&
    run.droppedBytes === 0 &&
    run.looksLike === null &&
    run.takenByHost === null &&
    run.leftOut === null &&
    lastRunSkips.waiting + lastRunSkips.running === 0
  );
}
