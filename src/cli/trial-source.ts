import { basename, dirname, resolve } from 'node:path';
import type { LocalTrials } from '../agent/local-trials.ts';
import { askAgent, type NoAnswer } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import { directoryName } from '../io/process/held-names.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import { pluginName } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { RecordedRun } from '../model/run.ts';
import type { Status } from '../model/status.ts';
import type { PreviousRun, TrialEvent } from '../model/trial.ts';
import { explanationOf } from '../words/explanation.ts';
import { runInAgent, stillRunning } from './agent-trial.ts';
import { findAgent, unanswered } from './running-agent.ts';
import { findElsewhere, isConfiguredCommand, type PluginElsewhere, suspensionOf } from './trial-elsewhere.ts';

/**
 * Who runs a script. `where` says it in one sentence, with the reason. `rejection` is why the
 * script would not run at a tick; null if it would.
 */
export type TrialPlace = {
  readonly ranBy: 'agent' | 'here';
  readonly where: string;
  readonly rejection: Advice | null;
};

/** The progress of a trial, as the command line sees it. */
export type TrialProgress =
  /** Comes first: who runs the script. */
  | ({ readonly event: 'found' } & TrialPlace)
  /** There is no trial, because a run that an earlier agent began is still running. */
  | { readonly event: 'left-behind'; readonly pid: number; readonly elapsedS: number }
  | Exclude<TrialEvent, { event: 'refused' }>;

type OnProgress = (progress: TrialProgress) => void;

/** A script that a trial can run. */
export type TrialSource = {
  /** The absolute path. */
  readonly path: string;
  /** How it is shown: its path, and before that its identity if that is not a file name. */
  readonly title: string;
  /** The word that finds the same script again. */
  readonly word: string;
  /**
   * The identity of the plugin, if it is one of a running agent, accepted or not. Null: it is not,
   * or no agent runs.
   */
  readonly agentFile: string | null;
  /**
   * Runs one trial: in the agent if the script is its plugin, otherwise in this process. Returns
   * null after the last event, or a sentence if there was no run. Never rejects.
   */
  run(previous: PreviousRun | null, onProgress: OnProgress): Promise<string | null>;
};

/**
 * Finds a script. A word with a `/` is a path, or else the identity of a plugin, such as
 * `munin/if_eth0`; any other word is a file name or a plugin's name in the scripts directory, else
 * in a directory of the configuration, else the name of a command, or else a file in the current
 * directory.
 *
 * A plugin of the agent that runs on this state directory is run by that agent. Other scripts,
 * and those that the agent rejects, are run by this process (`local`) in their own folder, if
 * they belong to this user and no earlier run of them in the agent is still running; their metrics
 * have the host name of the agent, if one runs. `format` takes the place of the one that is
 * configured; null: it does not. An error is a sentence for the user.
 */
export async function findTrial(
  script: string,
  config: Config,
  edges: Edges,
  local: LocalTrials,
  format: FormatName | null,
): Promise<Result<TrialSource, string>> {
  const answer = await askAgent(edges.ask, config.stateDir).status();
  const trouble = answer.ok ? null : whyUnanswered(answer.error, config, edges);
  if (trouble !== null) return err(trouble);
  const status = answer.ok ? answer.value : null;
  const location = status?.scripts.location ?? config.scripts.location;
  const located = locateScript(script, location, edges);
  if (!located.ok) return located;
  const path = located.value;
  const isOwn = edges.files.facts(path).kind === 'file' && dirname(path) === location;
  const elsewhere = isOwn ? ok(null) : findElsewhere(script, path, status, config, edges);
  if (!elsewhere.ok) return elsewhere;
  if (elsewhere.value !== null) return ok(trialElsewhere(elsewhere.value, format, status, config, edges, local));
  if (edges.files.facts(path).kind !== 'file')
    return err(
      suspensionOf(script, status) ??
        `there is no script ${path}; name a file, or a plugin of ${pluginDirectories(location, status, config)}`,
    );
  const isInDirectory = edges.files.realpath(dirname(path)) === edges.files.realpath(location);
  // Another system's program would be a command, or in a directory of its own: 0755 is right there.
  const isOfOtherSystem = !isInDirectory && format !== null && format !== 'native';

  function runHere(reason: string, rejection: Advice | null): TrialSource['run'] {
    return async (previous, onProgress) => {
      const hindrance = local.hindrance(path);
      if (hindrance !== null) return explanationOf(hindrance);
      const otherAgent = ranByAnother(dirname(path), status, edges);
      if (otherAgent !== null) return otherAgent;
      const left = isInDirectory ? local.leftBehind(basename(path)) : null;
      if (left !== null) {
        onProgress(leftBehind(left, edges));
        return stillRunning(`a run of it that an earlier agent began (pid ${left.process.pid})`);
      }
      const where = `run here, in ${dirname(path)}, with this shell's user, limits and environment: ${reason}`;
      const ownRule = isOfOtherSystem ? null : local.rejection(path);
      onProgress({ event: 'found', ranBy: 'here', where, rejection: rejection ?? ownRule });
      const onEvent = (event: TrialEvent) => {
        if (event.event !== 'refused') onProgress(event);
      };
      return local.run(path, status?.hostname ?? config.hostname, previous, onEvent, format);
    };
  }

  const own = { path, title: path, word: path };
  if (status === null)
    return ok({ ...own, agentFile: null, run: runHere(`no agent runs on ${config.stateDir}`, null) });
  if (!isInDirectory) {
    const reason = `it is not one of the agent's plugins, which are in ${location}`;
    return ok({ ...own, agentFile: null, run: runHere(reason, null) });
  }
  const file = basename(path);
  return ok({
    ...own,
    agentFile: file,
    async run(previous, onProgress) {
      const inAgent = await runInAgent({ file, pid: status.pid, format }, config, edges, previous, onProgress);
      if (inAgent.kind === 'asked') return inAgent.trouble;
      const now = await askAgent(edges.ask, config.stateDir).status(); // a run may have begun since the first status
      const pid = now.ok ? now.value.plugins.find((plugin) => plugin.file === file)?.currentRun?.pid : null;
      if (pid) return `${explanationOf(inAgent.advice)}; ${stillRunning(`its run in the agent (pid ${pid})`)}`;
      return runHere('the agent does not run it', inAgent.advice)(previous, onProgress);
    },
  });
}

/** The script directory, and the directories of the configuration that the agent has in force. */
function pluginDirectories(location: string, status: Status | null, { directories }: Config): string {
  const others = status?.directories?.map((directory) => directory.location) ?? [];
  const configured = [...directories.values()].flatMap(({ enabled, path }) => (enabled ? [path] : []));
  return [location, ...(status === null ? configured : others)].join(' or ');
}

/**
 * Says that another agent than the one with this status, if any, runs the plugins of a directory;
 * null: none does.
 */
function ranByAnother(location: string, status: Status | null, { files, heldNames, machine }: Edges): string | null {
  const pid = heldNames.holder(directoryName('scripts', machine.uid, files.realpath(location)));
  if (pid === null || pid === status?.pid) return null;
  return (
    `the plugins of ${location} are run by an agent with another state directory (pid ${pid}), ` +
    'and a plugin never runs twice at the same time: name its own with --state-dir DIR'
  );
}

/** Why there may be an agent that can't be asked; null: no agent runs. */
function whyUnanswered(reason: NoAnswer, { stateDir, pidFile }: Config, edges: Edges): string | null {
  if (reason.kind === 'trouble') return reason.detail;
  const places = { stateDir, pidFile, uid: edges.machine.uid };
  const found = findAgent(places, edges);
  return found.ok ? found.value && `${unanswered(found.value, places)}; try again then` : found.error;
}

/**
 * A plugin that is not in the script directory. It runs as at a tick, in the agent or, if none
 * runs, here; one that would not run at a tick does not run at all.
 */
function trialElsewhere(
  { file, path, judged }: PluginElsewhere,
  format: FormatName | null,
  status: Status | null,
  config: Config,
  edges: Edges,
  local: LocalTrials,
): TrialSource {
  return {
    path,
    title: `${file} (${path})`,
    word: file,
    agentFile: status === null ? null : file,
    async run(previous, onProgress) {
      if (status !== null) {
        const inAgent = await runInAgent({ file, pid: status.pid, format }, config, edges, previous, onProgress);
        return inAgent.kind === 'asked' ? inAgent.trouble : explanationOf(inAgent.advice);
      }
      if (judged === null || judged.advice !== null) return judged?.advice ? explanationOf(judged.advice) : null;
      const otherAgent = isConfiguredCommand({ file }) ? null : ranByAnother(dirname(path), null, edges);
      if (otherAgent !== null) return otherAgent;
      const left = local.leftBehind(file);
      if (left !== null) {
        onProgress(leftBehind(left, edges));
        return stillRunning(`a run of it that an earlier agent began (pid ${left.process.pid})`);
      }
      const where = `run here, with this shell's user, limits and environment: no agent runs on ${config.stateDir}`;
      onProgress({ event: 'found', ranBy: 'here', where, rejection: null });
      const onEvent = (event: TrialEvent) => {
        if (event.event !== 'refused') onProgress(event);
      };
      return local.run(judged.plugin, config.hostname, previous, onEvent, format);
    },
  };
}

function leftBehind({ process, startedMs }: RecordedRun, { clock }: Edges): TrialProgress {
  return { event: 'left-behind', pid: process.pid, elapsedS: Math.max(0, (clock.nowMs() - startedMs) / 1000) };
}

/** Returns the path of a script. An error if several scripts have this plugin name. */
function locateScript(script: string, location: string, { files, machine }: Edges): Result<string, string> {
  const inDirectory = resolve(location, script);
  if (script.includes('/')) return ok(resolve(machine.cwd, script));
  if (files.facts(inDirectory).kind === 'file') return ok(inDirectory);
  const entries = files.entries(location);
  const named =
    'kind' in entries ? [] : entries.filter((entry) => !entry.startsWith('.') && pluginName(entry) === script);
  const scripts = named.filter((entry) => files.facts(resolve(location, entry)).kind === 'file');
  if (scripts.length > 1)
    return err(`${script} may be ${scripts.toSorted().join(' or ')} of ${location}; name one of these`);
  return ok(scripts[0] === undefined ? resolve(machine.cwd, script) : resolve(location, scripts[0]));
}
