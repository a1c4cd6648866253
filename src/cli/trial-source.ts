import { basename, dirname, resolve } from 'node:path';
import { askAgent, askForTrial } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Status } from '../model/status.ts';
import type { Previous, TrialEvent } from '../model/trial.ts';
import { createLocalTrials } from '../trials.ts';

/** Where a script is run, out of turn. */
export type TrialSource = {
  /** Absolute. */
  readonly path: string;
  /** Who runs it and why, in one sentence. */
  readonly where: string;
  /** The name by which the agent runs it; null: it is run here. */
  readonly agentName: string | null;
  /** What the permission check says of it, with what to type; null: nothing is wrong. */
  rejection(): string | null;
  /** One run; gives null once its last event was told, or why it could not be asked for. */
  run(previous: Previous | null, tell: (event: TrialEvent) => void): Promise<string | null>;
  close(): Promise<void>;
};

/**
 * Finds a script: a word with a `/` is a path; another is a name in the scripts directory, or else a file here. A plugin of the agent that runs on this
 * state directory is run by that agent; any other, and one that the agent rejects, by this process, in its own folder. An error is a sentence for the user.
 */
export async function findTrial(script: string, config: Config, edges: Edges): Promise<Result<TrialSource, string>> {
  const asked = await askAgent(edges.ask, config.stateDir).status();
  if (!asked.ok && asked.error.kind === 'trouble') return err(asked.error.detail);
  const status = asked.ok ? asked.value : null;
  const path =
    status?.plugins.find(({ file, name }) => file === script || name === script)?.path ?? locate(script, config.scripts.location, edges);
  if (edges.files.facts(path).kind !== 'file')
    return err(`there is no script ${path}; name a file, or a plugin of ${config.scripts.location}`);
  const agent = status && agentOf(path, status, edges);
  if (agent?.isRun) return ok(byAgent(path, agent.file, status?.pid ?? 0, config, edges));
  const why =
    status === null
      ? `no agent runs on ${config.stateDir}`
      : agent
        ? 'the agent rejects it'
        : `it is none of the agent's plugins, which are in ${status.scripts.location}`;
  return here(path, why, config, edges);
}

function locate(script: string, location: string, { files, machine }: Edges): string {
  const inDirectory = `${location}/${script}`;
  return !script.includes('/') && files.facts(inDirectory).kind === 'file' ? inDirectory : resolve(machine.cwd, script);
}

/** The agent's plugin at a path, if it is one; a rejected one is not run by it. */
function agentOf(path: string, { plugins, scripts }: Status, { files }: Edges): { readonly file: string; readonly isRun: boolean } | null {
  if (files.realpath(dirname(path)) !== files.realpath(scripts.location)) return null;
  const plugin = plugins.find(({ file }) => file === basename(path));
  return plugin
    ? { file: plugin.file, isRun: plugin.state !== 'rejected' && plugin.state !== 'suspended' }
    : { file: basename(path), isRun: true };
}

function byAgent(path: string, file: string, pid: number, config: Config, { converse }: Edges): TrialSource {
  return {
    path,
    where: `run by the agent (pid ${pid}), as at a tick`,
    agentName: file,
    rejection: () => null,
    async run(previous, tell) {
      const { ended } = askForTrial(converse, config.stateDir, file, previous, tell);
      const outcome = await ended;
      if (outcome.ok) return null;
      return outcome.error.kind === 'trouble' ? outcome.error.detail : 'the agent has gone meanwhile; try again';
    },
    close: async () => {},
  };
}

function here(path: string, why: string, config: Config, edges: Edges): Result<TrialSource, string> {
  try {
    const trials = createLocalTrials(config, edges);
    return ok({
      path,
      where: `run here, in ${dirname(path)}, with this shell's user, limits and environment: ${why}`,
      agentName: null,
      rejection: () => trials.rejection(path),
      async run(previous, tell) {
        tell({ event: 'started' });
        tell({ event: 'ended', ...(await trials.run(path, previous)) });
        return null;
      },
      close: trials.close,
    });
  } catch (error) {
    return err(`no folder for its pipes and its output can be made: ${error instanceof Error ? error.message : error}`);
  }
}
