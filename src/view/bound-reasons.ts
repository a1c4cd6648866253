import { moreDescriptors } from '../io/no-descriptors.ts';
import type { Advice, Reason } from '../model/advice.ts';
import type { LeftBehind, LeftOutSamples, UnloggedStderr } from '../model/run.ts';
import { counted } from '../words/counted.ts';
import { visibleInQuotes } from '../words/visible.ts';
import { reason, reasonOf } from './reason.ts';
import type { Situation } from './situation.ts';

const shownPids = 20;

/** What a person should know of processes that runs left behind, and what to type. */
export function adviceOnLeftBehind({ processes, pids, most }: LeftBehind): Advice<'left-process' | 'too-many-left'> {
  const isOne = processes === 1;
  const shown = pids.slice(0, shownPids);
  const more = pids.length > shown.length ? ', …' : '';
  const who = shown.length === 0 ? '' : ` (${shown.length === 1 ? 'pid' : 'pids'} ${shown.join(', ')}${more})`;
  const many = isOne ? '1 process' : `${processes} processes`;
  const held = `${many} that its runs left behind still ${isOne ? 'holds' : 'hold'} its output${who}`;
  const cure = 'behind what the script starts in the background, write >/dev/null 2>&1 &';
  const look = shown.length === 0 ? [] : [`ps -o pid,etime,args -p ${shown.join(',')}`];
  const shows = look.length === 0 ? '' : `; the command shows ${isOne ? 'it' : 'them'}`;
  if (processes < most) return { kind: 'left-process', sentence: `${held}; ${cure}${shows}`, commands: look };
  const bound = `so it is not run (max_leftovers = ${most} under [scripts])`;
  const ends = 'end those that are not needed, or raise max_leftovers; the agent ends none';
  const sentence = `${held}, ${bound}; ${cure}; ${ends}; it runs again when fewer are left${shows}`;
  return { kind: 'too-many-left', sentence, commands: look };
}

/** What a person should do where runs wait for descriptors. `runs` is how many may have some. */
export function adviceOnDescriptors(limit: number, runs: number): Advice<'no-descriptors'> {
  const have = `the limit of ${limit} (ulimit -n) leaves enough for ${counted(runs, 'run')} at a time`;
  const cure = `${moreDescriptors}; or end the runs that are hung`;
  const sentence = `no file descriptors are left for more runs: ${have}; ${cure}`;
  return { kind: 'no-descriptors', sentence, commands: [] };
}

/** Why bounds keep a plugin from running, or what it does that they are there for. */
export function boundReasons({ leftBehind, unloggedStderr, facts }: Situation): readonly Reason[] {
  const left = leftBehind === null ? [] : [reasonOf(adviceOnLeftBehind(leftBehind))];
  const stderr = unloggedStderr === null ? [] : [stderrCut(unloggedStderr)];
  return [...left, ...leftOutReasons(facts.run?.leftOut ?? null), ...stderr];
}

function stderrCut({ lines, bytes, mostBytes }: UnloggedStderr): Reason {
  const are = lines === 1 ? 'is' : 'are';
  const what = `${counted(lines, 'line')} of its stderr in this hour (${bytes} bytes) ${are} not in the log`;
  const bound = `a plugin may write ${mostBytes} bytes an hour (max_stderr under [scripts])`;
  return reason('stderr-cut', `${what}: ${bound}; write less to stderr, or raise max_stderr`);
}

function leftOutReasons(leftOut: LeftOutSamples | null): readonly Reason[] {
  if (leftOut === null) return [];
  const { beyond, newNames, firstNewName, maxSamples, maxNames } = leftOut;
  const reasons: Reason[] = [];
  if (beyond > 0) {
    const were = `${counted(beyond, 'sample')} of its last run ${beyond === 1 ? 'was' : 'were'} not sent`;
    const bound = `a run may give ${maxSamples} (max_samples under [scripts])`;
    reasons.push(reason('too-many-samples', `${were}: ${bound}; print fewer, or raise max_samples`));
  }
  if (newNames > 0) {
    const have =
      newNames === 1 ? '1 sample of its last run has a new name' : `${newNames} samples of its last run have new names`;
    const bound = `it had max_names = ${maxNames} others within a day`;
    const cure = 'let it print the same names at each run, or raise max_names under [scripts]';
    const first = firstNewName === null ? '' : `, the first ${visibleInQuotes(firstNewName)}`;
    reasons.push(
      reason('too-many-names', `${have}${first}, and ${newNames === 1 ? 'is' : 'are'} not sent: ${bound}; ${cure}`),
    );
  }
  return reasons;
}
