import { askForTrial } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import type { PreviousRun, TrialEvent } from '../model/trial.ts';
import { explanationOf } from '../words/explanation.ts';

/** The progress of a trial in an agent: first that the agent runs it. */
export type AgentTrialProgress =
  | { readonly event: 'found'; readonly ranBy: 'agent'; readonly where: string; readonly rejection: null }
  | Exclude<TrialEvent, { event: 'refused' }>;

/** What became of a trial that an agent was asked for. */
export type AgentTrialOutcome =
  /** The agent was asked. `trouble` is why there is no result; null if the last event has come. */
  | { readonly kind: 'asked'; readonly trouble: string | null }
  /** The agent does not run this script. */
  | { readonly kind: 'no-plugin'; readonly advice: Advice };

/** Asks the agent with this process id to run one of its plugins. Never rejects. */
export async function runInAgent(
  { file, pid, format }: { readonly file: string; readonly pid: number; readonly format: FormatName | null },
  config: Config,
  { converse }: Edges,
  previous: PreviousRun | null,
  onProgress: (progress: AgentTrialProgress) => void,
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

/** Says that a plugin is not run, because it runs already. */
export function stillRunning(run: string): string {
  return `${run} is still running, and a plugin never runs twice at the same time: try again when it has ended`;
}
