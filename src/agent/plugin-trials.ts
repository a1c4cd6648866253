import { settingsOf } from '../config/plugin-settings.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import { isInScriptDirectory, type Plugin } from '../model/plugin.ts';
import type { InFlightRun } from '../model/run.ts';
import type { PreviousRun, TrialEvent } from '../model/trial.ts';
import type { PluginSources } from '../plugins/sources.ts';
import { sharedEnvironment, withIdentity, workingDirectory } from '../runner/invocation.ts';
import type { OutputMemory } from '../runner/output-memory.ts';
import { type KeptPrevious, keepPrevious } from '../runner/previous.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Store } from '../store/store.ts';
import type { OwnCommands } from '../words/own-command.ts';
import { muninStateFolder, withMuninVariables } from './munin-environment.ts';
import type { OtherAgent } from './other-agent.ts';
import { beginTrial } from './trials.ts';

/** What the trials of a running agent need. */
export type PluginTrialDeps = {
  readonly edges: Edges;
  readonly launcher: Launcher;
  readonly outputs: OutputFiles;
  readonly memory: OutputMemory;
  readonly config: () => Config;
  readonly store: Pick<Store, 'lastRun' | 'stdinPath'>;
  readonly scheduler: Pick<Scheduler, 'trial'>;
  readonly sources: PluginSources;
  readonly otherAgent: Pick<OtherAgent, 'suspension'>;
  readonly commands: OwnCommands;
};

/** The trials that a running agent runs of its own plugins. */
export type PluginTrials = {
  /**
   * Runs a plugin for a person, as it would run at a tick, and reports all of it; nothing is
   * stored or sent. `previous` takes the place of its last run, `format` that of its settings, if
   * they are not null. `isWanted` is asked before it begins. Resolves when the last event was
   * reported.
   */
  trial(
    name: string,
    previous: PreviousRun | null,
    report: (event: TrialEvent) => void,
    isWanted: () => boolean,
    format: FormatName | null,
  ): Promise<void>;
  /** The environment, and the working directory, that the plugin of this name gets. */
  environmentOf(name: string): Promise<{ readonly env: Readonly<Record<string, string>>; readonly cwd: string }>;
};

/** Joins watcher, scheduler and runner for trials. */
export function createPluginTrials(deps: PluginTrialDeps): PluginTrials {
  const { edges, config, outputs, store, scheduler, sources, otherAgent, commands } = deps;

  /** The script of that file name, else the first of that plugin name. */
  async function selected(name: string): Promise<Plugin | null> {
    await sources.rescan(); // it may have been dropped in a moment ago
    const all = sources.scripts();
    const found = all.find(({ plugin }) => plugin.file === name) ?? all.find(({ plugin }) => plugin.name === name);
    return found?.plugin ?? null;
  }

  function isRunnable(plugin: Plugin): boolean {
    if (isInScriptDirectory(plugin) && otherAgent.suspension() !== null) return false;
    const look = sources.lookAgain(plugin).kind;
    return look === 'accepted' || look === 'unsettled';
  }

  function whyRefused(name: string): Advice {
    const script = sources.scripts().find(({ plugin }) => plugin.file === name || plugin.name === name);
    const suspension = script ? sources.suspensionOf(script.plugin) : sources.suspension();
    const isOwn = script === undefined || isInScriptDirectory(script.plugin);
    const why =
      (isOwn ? otherAgent.suspension() : null) ??
      suspension ??
      script?.advice ??
      sources.whyNoPlugin(name, commands.status);
    return why ?? { kind: 'no-such-script', sentence: `the agent has no plugin ${name}`, commands: [] };
  }

  /** What a trial is given of the run before it. */
  function previousOf({ file }: Plugin, previous: PreviousRun | null): KeptPrevious {
    if (previous !== null) return keepPrevious(previous, outputs);
    return { lastRun: store.lastRun(file), stdinPath: store.stdinPath(file), remove() {} };
  }

  return {
    async trial(name, previous, report, isWanted, format) {
      const plugin = await selected(name);
      const refuse = async () => {
        await sources.rescan();
        report({ event: 'refused', reason: 'no-plugin', advice: whyRefused(plugin?.file ?? name) });
      };
      if (!plugin || !isRunnable(plugin)) return refuse();
      const begin = () => {
        const now = config();
        const trial = {
          plugin,
          script: plugin.file,
          format,
          muninFolder: muninStateFolder(now.stateDir),
          mayRun: () => isRunnable(plugin),
        };
        if (isRunnable(plugin))
          return beginTrial({ ...deps, config: now }, { ...trial, previous: previousOf(plugin, previous) }, report);
        return { pid: () => null, ended: refuse() }; // it changed while the trial waited
      };
      const onWait = (other: InFlightRun) =>
        report({ event: 'waiting', pid: other.pid(), elapsedS: Math.round(other.elapsedMs() / 100) / 10 });
      const hasBegun = await scheduler.trial(plugin.file, begin, { onWait, isWanted });
      if (!hasBegun) report({ event: 'refused', reason: 'not-now', advice: stopping });
    },
    async environmentOf(name) {
      const plugin = await selected(name);
      const inForce = config();
      const folder = muninStateFolder(inForce.stateDir);
      const settings = plugin && withMuninVariables(plugin, settingsOf(inForce, plugin), inForce, folder, edges.env);
      const own = plugin && settings ? withIdentity(plugin, settings.env) : {};
      const env = { ...sharedEnvironment(edges.env, inForce), ...own };
      return { env, cwd: (plugin && workingDirectory(plugin)) ?? inForce.scripts.location };
    },
  };
}

const stopping: Advice = { kind: 'stopping', sentence: 'the agent is stopping, and starts no more runs', commands: [] };
