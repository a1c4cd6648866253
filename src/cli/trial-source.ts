import { basename, dirname, resolve } from 'node:path';
import type { LocalTrials } from '../agent/trials.ts';
import { askAgent, askForTrial } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import { pluginName } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { PreviousRun, TrialEvent } from '../model/trial.ts';
import { explanationOf } from '../words/explanation.ts';

/** Who runs a script, and why: `where` in one sentence; `rejection`: what keeps it from being run at a tick, with what to type, null: nothing. */
export type TrialPlace = {
  readonly ranBy: 'agent' | 'here';
  readonly where: string;
  readonly rejection: Advice | null;
};

/** How a trial goes on, as it is told here: first who runs it; or else that none begins, for a run that an agent left behind goes on. */
export type SourceEvent =
  | ({ readonly event: 'found' } & TrialPlace)
  | { readonly event: 'left-behind'; readonly pid: number; readonly elapsedS: number }
  | Exclude<TrialEvent, { event: 'refused' }>;

/** A script that can be run, out of turn. */
export type TrialSource = {
  /** Absolute. */
  readonly path: string;
  /** Its file name in the directory of a running agent, whether that runs it or not; null: it lies elsewhere, or no agent runs. */
  readonly agentFile: string | null;
  /** One run: by the agent where it is its plugin, else by this process. Gives null once its last event was told, or why it could not be asked for. Never rejects. */
  run(previous: PreviousRun | null, tell: (event: SourceEvent) => void): Promise<string | null>;
};

/**
 * Finds a script: a word with a `/` is a path; another is a file or a plugin's name in the scripts directory, or else a file here. A plugin of the agent
 * that runs on this state directory is run by that agent; any other, and one that the agent rejects, by this process (`local`), in its own folder, if it is
 * this user's and no run of it that an agent left behind goes on. An error is a sentence for the user.
 */
export async function findTrial(
  script: string,
  config: Config,
  edges: Edges,
  local: LocalTrials,
): Promise<Result<TrialSource, string>> {
  const asked = await askAgent(edges.ask, config.stateDir).status();
  if (!asked.ok && asked.error.kind === 'trouble') return err(asked.error.detail);
  const status = asked.ok ? asked.value : null;
  const location = status?.scripts.location ?? config.scripts.location;
  const located = locate(script, location, edges);
  if (!located.ok) return located;
  const path = located.value;
  if (edges.files.facts(path).kind !== 'file')
    return err(`there is no script ${path}; name a file, or a plugin of ${location}`);

  const isInDirectory = edges.files.realpath(dirname(path)) === edges.files.realpath(location);

  async function runHere(
    why: string,
    rejection: Advice | null,
    previous: PreviousRun | null,
    tell: (event: SourceEvent) => void,
  ) {
    const hindrance = local.hindrance(path);
    if (hindrance !== null) return hindrance;
    const left = isInDirectory ? local.leftBehind(basename(path)) : null;
    if (left !== null) {
      const { pid } = left.process;
      tell({ event: 'left-behind', pid, elapsedS: Math.max(0, (edges.clock.nowMs() - left.startedMs) / 1000) });
      return goesOn(`a run of it that a former agent began (pid ${pid})`);
    }
    const where = `run here, in ${dirname(path)}, with this shell's user, limits and environment: ${why}`;
    tell({ event: 'found', ranBy: 'here', where, rejection: rejection ?? local.rejection(path) });
    return local.run(path, previous, (event) => {
      if (event.event !== 'refused') tell(event);
    });
  }

  if (status === null)
    return ok({
      path,
      agentFile: null,
      run: (...given) => runHere(`no agent runs on ${config.stateDir}`, null, ...given),
    });
  if (!isInDirectory) {
    const why = `it is none of the agent's plugins, which are in ${location}`;
    return ok({ path, agentFile: null, run: (...given) => runHere(why, null, ...given) });
  }
  const file = basename(path);
  return ok({
    path,
    agentFile: file,
    async run(previous, tell) {
      const asked = await runByAgent(file, status.pid, config, edges, previous, tell);
      if (asked.kind !== 'no-plugin') return asked.trouble;
      const now = await askAgent(edges.ask, config.stateDir).status(); // a run may have begun since the first look
      const pid = now.ok ? now.value.plugins.find((plugin) => plugin.file === file)?.currentRun?.pid : null;
      if (pid) return `${explanationOf(asked.advice)}; ${goesOn(`its run in the agent (pid ${pid})`)}`;
      return runHere('the agent does not run it', asked.advice, previous, tell);
    },
  });
}

type TrialOffer =
  /** `trouble` null: all was told. */
  { readonly kind: 'asked'; readonly trouble: string | null } | { readonly kind: 'no-plugin'; readonly advice: Advice };

async function runByAgent(
  file: string,
  pid: number,
  config: Config,
  { converse }: Edges,
  previous: PreviousRun | null,
  tell: (event: SourceEvent) => void,
): Promise<TrialOffer> {
  const heard: { isFound: boolean; refusal: Extract<TrialEvent, { event: 'refused' }> | null } = {
    isFound: false,
    refusal: null,
  };
  const { ended } = askForTrial(converse, config.stateDir, file, previous, (event) => {
    if (event.event === 'refused') {
      heard.refusal = event;
      return;
    }
    if (!heard.isFound)
      tell({ event: 'found', ranBy: 'agent', where: `run by the agent (pid ${pid}), as at a tick`, rejection: null });
    heard.isFound = true;
    tell(event);
  });
  const outcome = await ended;
  const { isFound, refusal } = heard;
  if (refusal?.reason === 'no-plugin' && !isFound) return { kind: 'no-plugin', advice: refusal.advice };
  if (refusal !== null) return { kind: 'asked', trouble: explanationOf(refusal.advice) };
  if (outcome.ok) return { kind: 'asked', trouble: null };
  const { error } = outcome;
  return {
    kind: 'asked',
    trouble: error.kind === 'trouble' ? error.detail : 'the agent has gone meanwhile; try again',
  };
}

function goesOn(run: string): string {
  return `${run} goes on, and a plugin is never doubled: try again once that has ended`;
}

/** A name's path; a name that several scripts share selects none. */
function locate(script: string, location: string, { files, machine }: Edges): Result<string, string> {
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
