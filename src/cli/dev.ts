import { dirname } from 'node:path';
import type { Timer } from '../io/clock.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Previous, TrialEvent, TrialResult } from '../model/trial.ts';
import { renderDevRun, type Track, tracked } from './dev-text.ts';
import { waitingText } from './run.ts';
import type { ScriptTalk } from './talk.ts';
import { findTrial, type TrialSource } from './trial-source.ts';

/** Where `dev` is told, and when it is to end. `isTerminal`: each run takes the place of the one before it on the screen. */
export type DevTalk = ScriptTalk & { readonly isTerminal: boolean; readonly stopped: Promise<void> };

const settleMs = 40; // a script that looks the same so long after a change has been saved whole
const busyMs = 50; // between two tries to run one that is still open for writing
const mostBusyTries = 40;
const lookEveryMs = 1000; // where no hint comes
const clearScreen = '\x1b[H\x1b[2J';

/**
 * `dev SCRIPT`: runs it now and again at each save, each run being told of the one before it. A save during a run waits for that run: nothing is ever ended. Gives 0 once
 * stopped, 2 where the script can't be run at all.
 */
export async function runDev(script: string, config: Config, edges: Edges, talk: DevTalk): Promise<number> {
  const found = await findTrial(script, config, edges);
  if (!found.ok) {
    talk.complain(found.error);
    return 2;
  }
  const source = found.value;
  const session = createSession(source, edges, talk);
  await talk.stopped;
  session.close();
  await source.close();
  return 0;
}

function createSession(source: TrialSource, edges: Edges, { write, isTerminal, options }: DevTalk): { close(): void } {
  const { clock, files } = edges;
  const { path } = source;
  let track: Track = new Map();
  let previous: Previous | null = null;
  let ran = ''; // how the script looked when it was run last
  let isRunning = false;
  let isClosed = false;
  let settle: Timer | null = null;
  let isGone = false;
  const watch = edges.watchDirectory(dirname(path), look, () => {});
  let poll = clock.after(lookEveryMs, pollAgain);
  const print = (text: string) => void write(text).catch(() => {});

  print(`${path}: ${source.where}\n`);
  void run(fingerprint());

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
    else if (!isGone) {
      isGone = true;
      print('the script is gone; waiting for it to come back\n');
    }
  }

  async function run(look: string, tries = 0): Promise<void> {
    [isRunning, isGone, ran] = [true, false, look];
    const outcome: { result: TrialResult | null; refusal: string | null } = { result: null, refusal: null };
    const rejection = source.rejection();
    const trouble = await source.run(previous, (event: TrialEvent) => {
      if (event.event === 'waiting') print(`${waitingText(event)}\n`);
      if (event.event === 'refused') outcome.refusal = event.explanation;
      if (event.event === 'ended') outcome.result = event;
    });
    const { result } = outcome;
    if (isClosed) return;
    const isBusy = result?.ending.kind === 'not-started' && result.ending.cause === 'being-written';
    if (isBusy && tries < mostBusyTries) return void clock.after(busyMs, () => void run(fingerprint(), tries + 1));
    isRunning = false;
    if (result === null) print(`${trouble ?? outcome.refusal ?? 'nobody learnt how the run went'}\n`);
    else tell(result, rejection);
  }

  function tell(result: TrialResult, rejection: string | null) {
    track = tracked(track, result);
    const { ending } = result;
    if (ending.kind === 'exited' || ending.kind === 'signaled')
      previous = { endedAtS: result.endedAtS, status: ending.status, stdout: result.stdout };
    const head = isTerminal ? `${clearScreen}${path}: ${source.where}\n` : '';
    const rejected = rejection === null ? '' : `  the agent would reject it: ${rejection}\n`;
    const foot = isTerminal ? '\nwaiting for the next save; Ctrl-C ends this\n' : '';
    print(`${head}${renderDevRun(result, track, clockTime(clock.nowMs()), options)}${rejected}${foot}`);
  }

  return {
    close() {
      isClosed = true;
      for (const timer of [settle, poll]) timer?.cancel();
      watch.close();
    },
  };
}

function clockTime(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
