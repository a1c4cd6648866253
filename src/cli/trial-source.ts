import { basename, dirname, resolve } from 'node:path';
import type { LocalTrials } from '../agent/local-trials.ts';
import { askAgent, askForTrial, type NoAnswer } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import { directoryName } from '../io/process/held-names.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import { pluginName } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { PreviousRun, TrialEvent } from '../model/trial.ts';
import { explanationOf } from '../words/explanation.ts';
import { findAgent, unanswered } from './running-agent.ts';

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
  /**
   * The file name, if the script is in the directory of a running agent, accepted or not. Null:
   * it is in another directory, or no agent runs.
   */
  readonly agentFile: string | null;
  /**
   * Runs one trial: in the agent if the script is its plugin, otherwise in this process. Returns
   * null after the last event, or a sentence if there was no run. Never rejects.
   */
  run(previous: PreviousRun | null, onProgress: OnProgress): Promise<string | null>;
};

/**
 * Finds a script. A word with a `/` is a path; any other word is a file name or a plugin's name
 * in the scripts directory, or else a file in the current directory.
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
  if (edges.files.facts(path).kind !== 'file')
    return err(`there is no script ${path}; name a file, or a plugin of ${location}`);
  const isInDirectory = edges.files.realpath(dirname(path)) === edges.files.realpath(location);

  function runHere(reason: string, rejection: Advice | null): TrialSource['run'] {
    return async (previous, onProgress) => {
      const hindrance = local.hindrance(path);
      if (hindrance !== null) return explanationOf(hindrance);
      const otherAgent = status === null && isInDirectory ? runnerOf(location, edges) : null;
      if (otherAgent !== null)
        return (
          `the plugins of ${location} are run by an agent with another state directory (pid ${otherAgent}), ` +
          'and a plugin never runs twice at the same time: name its own with --state-dir DIR'
        );
      const left = isInDirectory ? local.leftBehind(basename(path)) : null;
      if (left !== null) {
        const { pid } = left.process;
        const elapsedS = Math.max(0, (edges.clock.nowMs() - left.startedMs) / 1000);
        onProgress({ event: 'left-behind', pid, elapsedS });
        return stillRunning(`a run of it that an earlier agent began (pid ${pid})`);
      }
      const where = `run here, in ${dirname(path)}, with this shell's user, limits and environment: ${reason}`;
      onProgress({ event: 'found', ranBy: 'here', where, rejection: rejection ?? local.rejection(path) });
      const onEvent = (event: TrialEvent) => {
        if (event.event !== 'refused') onProgress(event);
      };
      return local.run(path, status?.hostname ?? config.hostname, previous, onEvent, format);
    };
  }

  if (status === null) return ok({ path, agentFile: null, run: runHere(`no agent runs on ${config.stateDir}`, null) });
  if (!isInDirectory) {
    const reason = `it is not one of the agent's plugins, which are in ${location}`;
    return ok({ path, agentFile: null, run: runHere(reason, null) });
  }
  const file = basename(path);
  return ok({
    path,
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

/** Returns the process id of the agent that runs the plugins of a directory; null: none does. */
function runnerOf(location: string, { files, heldNames, machine }: Edges): number | null {
  return heldNames.holder(directoryName('scripts', machine.uid, files.realpath(location)));
}

/** Why there may be an agent that can't be asked; null: no agent runs. */
function whyUnanswered(reason: NoAnswer, { stateDir, pidFile }: Config, edges: Edges): string | null {
  if (reason.kind === 'trouble') return reason.detail;
  const places = { stateDir, pidFile, uid: edges.machine.uid };
  const found = findAgent(places, edges);
  return found.ok ? found.value && `${unanswered(found.value, places)}; try again then` : found.error;
}

type AgentTrialOutcome =
  /** The agent was asked. `trouble` is why there is no result; null if the last event has come. */
  | { readonly kind: 'asked'; readonly trouble: string | null }
  /** The agent does not run this script. */
  | { readonly kind: 'no-plugin'; readonly advice: Advice };

async function runInAgent(
  { file, pid, format }: { readonly file: string; readonly pid: number; readonly format: FormatName | null },
  config: Config,
  { converse }: Edges,
  previous: PreviousRun | null,
  onProgress: OnProgress,
): Promise<AgentTrialOutcome> {
  const heard: { isFound: boolean; refusal: Extract<TrialEvent, { event: 'refused' }> | null } = {
    isFound: false,
    refusal: null,
  };
  const { ended } = askForTrial(converse, config.stateDir, file, { previous, format }, (event) => {
    if (event.event === 'refused') {
      heard.refusal = event;
      return;
    }
    const where = `run by the agent (pid ${pid}), as at a tick`;
    if (!heard.isFound) onProgress({ event: 'found', ranBy: 'agent', where, rejection: null });
    heard.isFound = true;
    onProgress(event);
  });
  const outcome = await ended;
  const { isFound, refusal } = heard;
  if (refusal?.reason === 'no-plugin' && !isFound) return { kind: 'no-plugin', advice: refusal.advice };
  if (refusal !== null) return { kind: 'asked', trouble: explanationOf(refusal.advice) };
  if (outcome.ok) return { kind: 'asked', trouble: null };
  const { error } = outcome;
  return {
    kind: 'asked',
    trouble: error.kind === 'trouble' ? error.detail : 'the agent has ended meanwhile; try again',
  };
}

function stillRunning(run: string): string {
  return `${run} is still running, and a plugin never runs twice at the same time: try again when it has ended`;
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
