import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { shortDuration } from '../model/duration.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { TrialEvent, TrialResult } from '../model/trial.ts';
import { explainDifferences } from './explain.ts';
import type { ScriptTalk } from './talk.ts';
import { findTrial, type TrialSource } from './trial-source.ts';
import { renderTrial } from './trial-text.ts';

/** What is to be run, and how it is told. */
export type RunRequest = { readonly script: string; readonly isJson: boolean; readonly explains: boolean };

/** `run SCRIPT`: one run, sent nowhere. Gives the script's exit status; 128 + n after signal n; 127 if it did not start; 1 if nobody knows; 2 if it could not be asked for. */
export async function runOnce({ script, isJson, explains }: RunRequest, config: Config, edges: Edges, talk: ScriptTalk): Promise<number> {
  const found = await findTrial(script, config, edges);
  if (!found.ok) {
    talk.complain(found.error);
    return 2;
  }
  const source = found.value;
  try {
    if (explains) return await explainDifferences(source, config, edges, talk);
    return await runFound(source, isJson, talk);
  } finally {
    await source.close();
  }
}

async function runFound(source: TrialSource, isJson: boolean, { write, complain, options }: ScriptTalk): Promise<number> {
  const rejection = source.rejection();
  const { result, refusal } = await follow(source, isJson ? () => {} : (sentence) => void write(`${sentence}\n`));
  if (result === null) {
    complain(refusal);
    return 2;
  }
  if (isJson) await write(`${JSON.stringify({ ...result, where: source.where, rejection }, null, 2)}\n`);
  else {
    const rejected = rejection === null ? '' : `  the agent would reject it: ${rejection}\n`;
    await write(`${source.path}: ${source.where}\n${rejected}${renderTrial(result, options)}`);
  }
  return statusOf(result.ending);
}

/** One run to its end. `result` null: there was none, and `refusal` tells why. */
async function follow(
  source: TrialSource,
  say: (sentence: string) => void,
): Promise<{ readonly result: TrialResult | null; readonly refusal: string }> {
  const outcome: { result: TrialResult | null; refusal: string } = {
    result: null,
    refusal: 'the agent ended before it told how the run went',
  };
  const trouble = await source.run(null, (event: TrialEvent) => {
    if (event.event === 'waiting') say(waitingText(event));
    if (event.event === 'refused') outcome.refusal = event.explanation;
    if (event.event === 'ended') outcome.result = event;
  });
  return trouble === null ? outcome : { result: null, refusal: trouble };
}

/** Why a run has not begun yet. */
export function waitingText({ pid, elapsedS }: Extract<TrialEvent, { event: 'waiting' }>): string {
  const who = pid === null ? '' : ` (pid ${pid})`;
  return `it is running already${who}, for ${shortDuration(elapsedS)}; waiting for that run to end, for a plugin is never doubled`;
}

function statusOf(ending: Ending): number {
  switch (ending.kind) {
    case 'exited':
    case 'signaled':
      return ending.status;
    case 'not-started':
      return 127;
    case 'unknown':
      return 1;
    default:
      return unreachable(ending);
  }
}
