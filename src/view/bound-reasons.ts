import type { Advice, Reason } from '../model/advice.ts';
import type { LeftBehind } from '../model/run.ts';
import { counted } from '../words/counted.ts';
import { reasonOf } from './reason.ts';
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
  const cure =
    'raise LimitNOFILE= of the service, or ulimit -n in the shell that starts the agent, and restart it; ' +
    'or end the runs that are hung';
  return {
    kind: 'no-descriptors',
    sentence: `no file descriptors are left for more runs: ${have}; ${cure}`,
    commands: [],
  };
}

/** Why bounds keep a plugin from running, or what it does that they are there for. */
export function boundReasons({ leftBehind }: Situation): readonly Reason[] {
  return leftBehind === null ? [] : [reasonOf(adviceOnLeftBehind(leftBehind))];
}
