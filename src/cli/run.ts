import { createLocalTrials, type LocalTrials } from '../agent/trials.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { TrialResult } from '../model/trial.ts';
import { visible } from '../words/visible.ts';
import type { StoppableOutput } from './command-output.ts';
import { explainDifferences } from './explain.ts';
import { trialDocument } from './trial-document.ts';
import { findTrial, type TrialPlace, type TrialSource } from './trial-source.ts';
import { foundText, renderTrial, waitingText } from './trial-text.ts';

/** What is to be run, and how it is told. */
export type RunRequest = { readonly script: string; readonly isJson: boolean; readonly explains: boolean };

const notStarted = 127; // as a shell has it
const nobodyKnows = 1;
const signalStatuses: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * `run SCRIPT`: one run, sent nowhere. Gives the script's exit status; 128 + n after signal n, and where this command itself was stopped by one; 127 if no run
 * began; 1 if nobody knows how it ended.
 */
export async function runOnce(
  { script, isJson, explains }: RunRequest,
  config: Config,
  edges: Edges,
  talk: StoppableOutput,
): Promise<number> {
  const local = createLocalTrials(config, edges);
  try {
    const found = await findTrial(script, config, edges, local);
    if (!found.ok) {
      talk.complain(visible(found.error));
      return notStarted;
    }
    if (explains) return await explainDifferences(found.value, config, edges, talk);
    const at: { ranBy: TrialPlace['ranBy'] } = { ranBy: 'here' };
    const stopped = talk.stopped.then((signal) => {
      talk.complain(leavingText(at.ranBy, local));
      return signalStatuses[signal] ?? nobodyKnows;
    });
    const ran = runFound(found.value, isJson, talk, (place) => {
      at.ranBy = place.ranBy;
    });
    return await Promise.race([ran, stopped]);
  } finally {
    await local.close();
  }
}

/** What becomes of a run that this command does not wait for any more. */
export function leavingText(ranBy: TrialPlace['ranBy'], local: LocalTrials): string {
  if (ranBy === 'agent') return 'a run that the agent has begun goes on there, for nothing is ever ended';
  const pids = local.running();
  return `the script${pids.length === 0 ? '' : ` (pid ${pids.join(', ')})`} runs on by itself, for nothing is ever ended`;
}

async function runFound(
  source: TrialSource,
  isJson: boolean,
  { write, complain, options }: StoppableOutput,
  onFound: (place: TrialPlace) => void,
): Promise<number> {
  const heard: { place: TrialPlace | null; hasBegun: boolean; result: TrialResult | null } = {
    place: null,
    hasBegun: false,
    result: null,
  };
  const say = (text: string) => (isJson ? undefined : void write(text));
  const trouble = await source.run(null, (event) => {
    switch (event.event) {
      case 'found':
        heard.place = event;
        onFound(event);
        return say(foundText(source.path, event));
      case 'waiting':
        return isJson ? complain(waitingText(event)) : say(`  ${waitingText(event)}\n`);
      case 'left-behind': // the trouble says so
        return;
      case 'started':
        heard.hasBegun = true;
        return;
      case 'ended':
        heard.result = event;
        return;
      default:
        return unreachable(event);
    }
  });
  const { place, hasBegun, result } = heard;
  if (result === null || place === null) {
    const unheard = hasBegun
      ? 'the agent ended while the script ran; that run goes on, and nobody learns how it ends'
      : trouble;
    complain(visible(unheard ?? 'the agent ended before the script began'));
    return hasBegun ? nobodyKnows : notStarted;
  }
  await write(
    isJson ? `${JSON.stringify(trialDocument(result, source.path, place), null, 2)}\n` : renderTrial(result, options),
  );
  return statusOf(result.ending);
}

function statusOf(ending: Ending): number {
  switch (ending.kind) {
    case 'exited':
    case 'signaled':
      return ending.status;
    case 'not-started':
      return notStarted;
    case 'unknown':
      return nobodyKnows;
    default:
      return unreachable(ending);
  }
}
