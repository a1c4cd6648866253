import { dirname } from 'node:path';
import type { Timer } from '../io/clock.ts';
import type { Watch } from '../io/disk/watch.ts';
import type { Edges } from '../io/edges.ts';
import { type Result, unreachable } from '../model/result.ts';
import type { PreviousRun, TrialResult } from '../model/trial.ts';
import { clockTime } from '../words/clock-time.ts';
import { visible } from '../words/visible.ts';
import type { StoppableOutput } from './command-output.ts';
import { type RecentValues, renderDevRun, withRun } from './dev-text.ts';
import type { TrialPlace, TrialProgress, TrialSource } from './trial-source.ts';
import { foundText, waitingText } from './trial-text.ts';

/** Where `dev` prints. With `isTerminal`, each run replaces the run before it on the screen. */
export type DevOutput = StoppableOutput & { readonly isTerminal: boolean };

/** Finds a script that a trial can run; an error is a sentence for the user. */
type FindScript = () => Promise<Result<TrialSource, string>>;

const settleMs = 40;
const writerRetryMs = 50;
const patientTries = 40; // before a script that stays open for writing is reported
const formerRunRetryMs = 200;
const pollMs = 1000; // finds changes that the system's watch does not report
const clearScreen = '\x1b[H\x1b[2J';

type DevState =
  /** The last run is over. Waits for a save. */
  | { readonly kind: 'waiting-for-save' }
  /** The script was removed, which was printed. Waits until it is back. */
  | { readonly kind: 'waiting-for-script' }
  /** The script has changed. Waits until it stays the same for `settleMs`: it was saved whole. */
  | { readonly kind: 'settling'; readonly timer: Timer }
  /**
   * A trial has begun, here or in the agent. `isChanged`: the script was saved, and runs again
   * after it. `isRetry`: another process was still writing when it was tried last.
   */
  | { readonly kind: 'running'; readonly isChanged: boolean; readonly isRetry: boolean }
  /** A run of an earlier agent is still running, so no trial may begin. Tries again soon. */
  | { readonly kind: 'waiting-for-former-run'; readonly timer: Timer; readonly isChanged: boolean }
  /** Another process has the script open for writing, so it can't be run. Tries again soon. */
  | { readonly kind: 'waiting-for-writer'; readonly timer: Timer; readonly isChanged: boolean }
  /** No trial begins any more, and nothing is printed. */
  | { readonly kind: 'closed' };

/** What earlier attempts to begin the same trial have met. */
type Attempts = {
  /** How often the script was open for writing. */
  readonly writerTries: number;
  /** The process of a former run that was printed already; null: none was. */
  readonly printedPid: number | null;
};

/** The outcome of an attempt. `trouble` says why there is no result. */
type AttemptOutcome = {
  readonly result: TrialResult | null;
  readonly leftBehind: Extract<TrialProgress, { event: 'left-behind' }> | null;
  readonly trouble: string;
};

const firstAttempt: Attempts = { writerTries: 0, printedPid: null };

/** Runs a script again at each save, and prints how its values changed. Never ends a run. */
export class DevSession {
  readonly #path: string;
  readonly #title: string;
  readonly #edges: Edges;
  readonly #find: FindScript;
  readonly #output: DevOutput;
  readonly #watches: readonly Watch[];
  #state: DevState = { kind: 'waiting-for-save' };
  #poll: Timer;
  /** The fingerprint of the script when it was last run. */
  #ranFingerprint: string | null = null;
  #place: TrialPlace | null = null;
  #previous: PreviousRun | null = null;
  #recent: RecentValues = new Map();

  /** `find` finds the script of this path again: who runs it can change. */
  constructor({ path, title }: Pick<TrialSource, 'path' | 'title'>, edges: Edges, find: FindScript, output: DevOutput) {
    this.#path = path;
    this.#title = title;
    this.#edges = edges;
    this.#find = find;
    this.#output = output;
    const folders = new Set([dirname(path), dirname(edges.files.realpath(path))]); // of a link, and of its target
    this.#watches = [...folders].map((folder) =>
      edges.watchDirectory(
        folder,
        () => this.#look(),
        () => {},
      ),
    );
    this.#poll = this.#armPoll();
  }

  /** Begins the first run. Called once. */
  start() {
    void this.#run(this.#fingerprint(), firstAttempt);
  }

  /** Ends the session. Returns who runs the script at this moment; null if it does not run. */
  close(): TrialPlace['ranBy'] | null {
    const former = this.#state;
    this.#state = { kind: 'closed' };
    this.#poll.cancel();
    if ('timer' in former) former.timer.cancel();
    for (const watch of this.#watches) watch.close();
    return 'isChanged' in former ? (this.#place?.ranBy ?? null) : null;
  }

  #armPoll(): Timer {
    return this.#edges.clock.after(pollMs, () => {
      this.#poll = this.#armPoll();
      this.#look();
    });
  }

  /** Returns a text that changes with each save; empty if there is no such file. */
  #fingerprint(): string {
    const facts = this.#edges.files.facts(this.#path);
    return facts.kind === 'failed' ? '' : facts.fingerprint;
  }

  #print(text: string) {
    void this.#output.write(text);
  }

  #isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  /** Compares the script with the one that was run last. Called whenever it may have changed. */
  #look() {
    const now = this.#fingerprint();
    const state = this.#state;
    if (now === this.#ranFingerprint) return;
    switch (state.kind) {
      case 'closed':
      case 'settling':
        return;
      case 'waiting-for-script':
        if (now !== '') this.#settle(now);
        return;
      case 'waiting-for-save':
        return this.#settle(now);
      case 'running':
      case 'waiting-for-former-run':
      case 'waiting-for-writer':
        if (state.isChanged) return;
        if (now !== '' && hasRun(state)) this.#print('saved during a run; it runs again when that run has ended\n');
        this.#state = { ...state, isChanged: true };
        return;
      default:
        return unreachable(state);
    }
  }

  #settle(before: string) {
    this.#state = { kind: 'settling', timer: this.#edges.clock.after(settleMs, () => this.#afterSettling(before)) };
  }

  #afterSettling(before: string) {
    const now = this.#fingerprint();
    if (now === this.#ranFingerprint) this.#state = { kind: 'waiting-for-save' };
    else if (now !== before) this.#settle(now);
    else if (now !== '') void this.#run(now, firstAttempt);
    else {
      this.#print('the script is gone; waiting for it to come back\n');
      this.#state = { kind: 'waiting-for-script' };
    }
  }

  async #run(fingerprint: string, attempts: Attempts): Promise<void> {
    this.#state = { kind: 'running', isChanged: false, isRetry: attempts.writerTries > 0 };
    this.#ranFingerprint = fingerprint;
    const { result, leftBehind, trouble } = await this.#attempt();
    if (this.#isClosed()) return;
    if (leftBehind !== null) return this.#waitForFormerRun(leftBehind, attempts);
    if (result?.ending.kind === 'not-started' && result.ending.cause === 'being-written')
      return this.#waitForWriter(attempts);
    this.#state = { kind: 'waiting-for-save' };
    if (result === null) this.#print(`${visible(trouble)}\n`);
    else this.#show(result);
    this.#look();
  }

  /**
   * Runs one trial. An agent may have started or ended since the last one, so the place is found
   * again.
   */
  async #attempt(): Promise<AttemptOutcome> {
    const heard: { result: AttemptOutcome['result']; leftBehind: AttemptOutcome['leftBehind'] } = {
      result: null,
      leftBehind: null,
    };
    const found = await this.#find();
    if (!found.ok) return { ...heard, trouble: found.error };
    const trouble = await found.value.run(this.#previous, (progress) => {
      if (this.#isClosed()) return;
      if (progress.event === 'found') this.#onFound(progress);
      if (progress.event === 'waiting') this.#print(`${waitingText(progress)}\n`);
      if (progress.event === 'left-behind') heard.leftBehind = progress;
      if (progress.event === 'ended') heard.result = progress;
    });
    return { ...heard, trouble: trouble ?? 'the agent has ended, so it is not known how the run ended' };
  }

  #waitForFormerRun({ pid, elapsedS }: { readonly pid: number; readonly elapsedS: number }, { printedPid }: Attempts) {
    if (pid !== printedPid) this.#print(`${waitingText({ event: 'waiting', pid, elapsedS })}\n`);
    const retry = () => void this.#run(this.#fingerprint(), { writerTries: 0, printedPid: pid });
    const timer = this.#edges.clock.after(formerRunRetryMs, retry);
    this.#state = { kind: 'waiting-for-former-run', timer, isChanged: false };
  }

  #waitForWriter({ writerTries }: Attempts) {
    if (writerTries === patientTries)
      this.#print('another process has it open for writing; it runs when that process closes it\n');
    const retry = () => void this.#run(this.#fingerprint(), { writerTries: writerTries + 1, printedPid: null });
    const timer = this.#edges.clock.after(writerRetryMs, retry);
    this.#state = { kind: 'waiting-for-writer', timer, isChanged: false };
  }

  #onFound(place: TrialPlace) {
    const text = foundText(this.#title, place);
    if (this.#place === null || foundText(this.#title, this.#place) !== text) this.#print(text);
    this.#place = place;
  }

  #show(result: TrialResult) {
    const { ending, endedAtS, stdout } = result;
    this.#recent = withRun(this.#recent, result);
    if (ending.kind === 'exited' || ending.kind === 'signaled')
      this.#previous = { endedAtS, status: ending.status, stdout };
    const { isTerminal, options } = this.#output;
    const time = clockTime(this.#edges.clock.nowMs());
    const text = renderDevRun(result, this.#recent, time, { ...options, sparklines: isTerminal });
    if (!isTerminal) return this.#print(text);
    const head = this.#place === null ? '' : `${clearScreen}${foundText(this.#title, this.#place)}`;
    this.#print(`${head}${text}\nwaiting for the next save; Ctrl-C ends this\n`);
  }
}

/** Whether a save comes during a run: not while the script is still being written. */
function hasRun(state: DevState): boolean {
  return state.kind === 'running' ? !state.isRetry : state.kind === 'waiting-for-former-run';
}
