import { dirname } from 'node:path';
import { createLocalTrials, type LocalTrials } from '../agent/trials.ts';
import type { Timer } from '../io/clock.ts';
import type { Watch } from '../io/disk/watch.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { PreviousRun, TrialResult } from '../model/trial.ts';
import { clockTime } from '../words/clock-time.ts';
import { visible } from '../words/visible.ts';
import type { StoppableOutput } from './command-output.ts';
import { renderDevRun, type Track, tracked } from './dev-text.ts';
import { leavingText } from './run.ts';
import { findTrial, type TrialPlace } from './trial-source.ts';
import { foundText, waitingText } from './trial-text.ts';

/** Where `dev` is told, and when it is to end. `isTerminal`: each run takes the place of the one before it on the screen. */
export type DevOutput = StoppableOutput & { readonly isTerminal: boolean };

const settleMs = 40; // a script that looks the same so long after a change has been saved whole
const busyMs = 50; // between two tries to run one that is still open for writing
const patientTries = 40; // before that is told
const leftBehindMs = 200; // between two looks at a run that an agent left behind
const lookEveryMs = 1000; // where no hint comes
const clearScreen = '\x1b[H\x1b[2J';

/**
 * `dev SCRIPT`: runs it now and again at each save, each run being told of the one before it. A save during a run waits for that run: nothing is ever ended. Gives 0 once
 * stopped or once nobody reads it, 2 where there is no such script.
 */
export async function runDev(script: string, config: Config, edges: Edges, talk: DevOutput): Promise<number> {
  const local = createLocalTrials(config, edges);
  const found = await findTrial(script, config, edges, local);
  if (!found.ok) {
    talk.complain(visible(found.error));
    return 2;
  }
  const session = createSession(found.value.path, config, edges, local, talk);
  await talk.stopped;
  const ranBy = session.close();
  if (ranBy !== null) talk.complain(leavingText(ranBy, local));
  await local.close();
  return 0;
}

type Session = {
  /** No run begins any more. Gives who runs the script at this moment; null: nobody. */
  close(): TrialPlace['ranBy'] | null;
};

/** What was heard of a run: how it ended, or that none began. */
type Heard = { result: TrialResult | null; leftBehind: { readonly pid: number; readonly elapsedS: number } | null };

function createSession(path: string, config: Config, edges: Edges, local: LocalTrials, talk: DevOutput): Session {
  const { clock, files } = edges;
  const { write, isTerminal, options } = talk;
  let track: Track = new Map();
  let previous: PreviousRun | null = null;
  let place: TrialPlace | null = null;
  let ran: string | null = null; // how the script looked when it was run last
  let isRunning = false;
  let waitedFor: number | null = null; // the process of a run that an agent left behind
  let isClosed = false;
  let isGone = false;
  let settle: Timer | null = null;
  const folders = new Set([dirname(path), dirname(files.realpath(path))]); // of a link, and of what it leads to
  const watches: readonly Watch[] = [...folders].map((folder) => edges.watchDirectory(folder, look, () => {}));
  let poll = clock.after(lookEveryMs, pollAgain);
  const print = (text: string) => void write(text);

  void run(fingerprint());

  /** Empty: there is no such file. */
  function fingerprint(): string {
    const facts = files.facts(path);
    return facts.kind === 'failed' ? '' : facts.fingerprint;
  }

  function pollAgain() {
    poll = clock.after(lookEveryMs, pollAgain);
    look();
  }

  /** Something may have changed: where it has, waits until it is whole. */
  function look() {
    const now = fingerprint();
    if (isClosed || settle !== null || now === ran) return;
    if (isRunning && now !== '') print('saved during a run, which is waited for\n');
    settle = clock.after(settleMs, () => settled(now));
  }

  function settled(before: string) {
    settle = null;
    const now = fingerprint();
    if (isClosed || now === ran) return;
    if (now !== before || isRunning) settle = clock.after(settleMs, () => settled(now));
    else if (now !== '') void run(now);
    else {
      if (!isGone) print('the script is gone; waiting for it to come back\n');
      isGone = true;
    }
  }

  async function run(look: string, tries = 0): Promise<void> {
    if (isClosed) return;
    [isRunning, isGone, ran] = [true, false, look];
    const { result, leftBehind, trouble } = await runOnce();
    if (isClosed) return;
    if (leftBehind !== null && leftBehind.pid !== waitedFor)
      print(`${waitingText({ ...leftBehind, event: 'waiting' })}\n`);
    waitedFor = leftBehind?.pid ?? null;
    if (leftBehind !== null) {
      clock.after(leftBehindMs, () => void run(fingerprint()));
      return;
    }
    if (result?.ending.kind === 'not-started' && result.ending.cause === 'being-written') {
      if (tries === patientTries) print('somebody has it open for writing; it runs once they close it\n');
      clock.after(busyMs, () => void run(fingerprint(), tries + 1));
      return;
    }
    isRunning = false;
    if (result === null) print(`${visible(trouble)}\n`);
    else tell(result);
  }

  /** One run, by whoever is to run it at this moment: an agent may have come or gone since the last one. */
  async function runOnce(): Promise<Heard & { readonly trouble: string }> {
    const heard: Heard = { result: null, leftBehind: null };
    const found = await findTrial(path, config, edges, local);
    if (!found.ok) return { ...heard, trouble: found.error };
    const trouble = await found.value.run(previous, (event) => {
      if (isClosed) return;
      if (event.event === 'found') onFound(event);
      if (event.event === 'waiting') print(`${waitingText(event)}\n`);
      if (event.event === 'left-behind') heard.leftBehind = event;
      if (event.event === 'ended') heard.result = event;
    });
    return { ...heard, trouble: trouble ?? 'nobody learnt how the run went: the agent has gone' };
  }

  function onFound(now: TrialPlace) {
    if (now.where !== place?.where || now.rejection !== place.rejection) print(foundText(path, now));
    place = now;
  }

  function tell(result: TrialResult) {
    track = tracked(track, result);
    const { ending } = result;
    if (ending.kind === 'exited' || ending.kind === 'signaled')
      previous = { endedAtS: result.endedAtS, status: ending.status, stdout: result.stdout };
    const head = isTerminal && place !== null ? `${clearScreen}${foundText(path, place)}` : '';
    const foot = isTerminal ? '\nwaiting for the next save; Ctrl-C ends this\n' : '';
    print(
      `${head}${renderDevRun(result, track, clockTime(clock.nowMs()), { ...options, courses: isTerminal })}${foot}`,
    );
  }

  return {
    close() {
      isClosed = true;
      for (const timer of [settle, poll]) timer?.cancel();
      for (const watch of watches) watch.close();
      return isRunning ? (place?.ranBy ?? null) : null;
    },
  };
}
