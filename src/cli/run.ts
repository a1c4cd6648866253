import { createLocalTrials, type LocalTrials } from '../agent/local-trials.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { TrialResult } from '../model/trial.ts';
import type { OwnProgram } from '../words/own-command.ts';
import { visible } from '../words/visible.ts';
import type { StoppableOutput } from './command-output.ts';
import { explainDifferences } from './explain.ts';
import { trialDocument } from './trial-document.ts';
import { findTrial, type TrialPlace, type TrialSource } from './trial-source.ts';
import { foundText, renderTrial, waitingText } from './trial-text.ts';

/**
 * What to run, and how to print it. With `explains`, nothing is run. `own` is how this program is
 * typed.
 */
export type TrialRequest = {
  readonly script: string;
  /** The format that its output is read in; null: the one that is configured. */
  readonly format: FormatName | null;
  readonly isJson: boolean;
  readonly explains: boolean;
  readonly own: OwnProgram;
};

const notStarted = 127; // as a shell has it
const endingUnknown = 1;
const signalStatuses: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * `run SCRIPT`: runs one trial. Returns the script's exit status; 128 + n if signal n ended the
 * script, or this command; 127 if no run began; 1 if it is not known how the run ended.
 */
export async function runTrial(
  { script, format, isJson, explains, own }: TrialRequest,
  config: Config,
  edges: Edges,
  output: StoppableOutput,
): Promise<number> {
  const local = createLocalTrials(config, edges, own);
  try {
    const found = await findTrial(script, config, edges, local, format);
    if (!found.ok) {
      output.complain(visible(found.error));
      return notStarted;
    }
    if (explains) return await explainDifferences(found.value, config, edges, output);
    const place: { ranBy: TrialPlace['ranBy'] } = { ranBy: 'here' };
    const stopped = output.stopped.then((signal) => {
      output.complain(leavingText(place.ranBy, local));
      return signalStatuses[signal] ?? endingUnknown;
    });
    const ran = runFound(found.value, isJson, output, ({ ranBy }) => {
      place.ranBy = ranBy;
    });
    return await Promise.race([ran, stopped]);
  } finally {
    await local.close();
  }
}

/** Returns what happens to a run when the command that waits for it ends. */
export function leavingText(ranBy: TrialPlace['ranBy'], local: LocalTrials): string {
  if (ranBy === 'agent') return 'a run that the agent has begun continues there, because no script is ever killed';
  const pids = local.running();
  const process = pids.length === 0 ? '' : ` (pid ${pids.join(', ')})`;
  return `the script${process} keeps running by itself, because no script is ever killed`;
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
  const print = (text: string) => (isJson ? undefined : void write(text));
  const trouble = await source.run(null, (progress) => {
    switch (progress.event) {
      case 'found':
        heard.place = progress;
        onFound(progress);
        return print(foundText(source.title, progress));
      case 'waiting':
        return isJson ? complain(waitingText(progress)) : print(`  ${waitingText(progress)}\n`);
      case 'left-behind': // `trouble` says so
        return;
      case 'started':
        heard.hasBegun = true;
        return;
      case 'ended':
        heard.result = progress;
        return;
      default:
        return unreachable(progress);
    }
  });
  const { place, hasBegun, result } = heard;
  if (result === null || place === null) {
    const reason = hasBegun
      ? 'the agent ended while the script ran; the script keeps running, and how it ends will not be known'
      : (trouble ?? 'the agent ended before the script began');
    complain(visible(reason));
    return hasBegun ? endingUnknown : notStarted;
  }
  await write(
    isJson ? `${JSON.stringify(trialDocument(result, source.path, place), null, 2)}\n` : renderTrial(result, options),
  );
  return exitStatusFor(result.ending);
}

/** Returns the exit status of the command for the ending of the script. */
function exitStatusFor(ending: Ending): number {
  switch (ending.kind) {
    case 'exited':
    case 'signaled':
      return ending.status;
    case 'not-started':
      return notStarted;
    case 'unknown':
      return endingUnknown;
    default:
      return unreachable(ending);
  }
}
