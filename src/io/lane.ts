import type { ProcessIdentity } from '../model/run.ts';
import type { Clock } from './clock.ts';
import { runCommands, setUpCommand } from './lane-command.ts';
import { exitOf, notStarted, signaled } from './lane-exit.ts';
import { startShell } from './lane-shell.ts';
import { type LaneStderr, laneStderr } from './lane-stderr.ts';
import { type Exit, type Invocation, type OutputListener, pipeGraceMs } from './launcher.ts';
import { openPipe, type Pipe, removeFile } from './pipe.ts';
import { type Processes, signalNumber } from './processes.ts';

/**
 * A resident `/bin/sh` that runs one script at a time, in a session of its own: forking a shell is cheap where forking this
 * process is not. The shell's standard error is the channel on which it reports, line by line:
 *
 *     +R              its two FIFOs exist
 *     +P …/PID        the script's process id, before the script is executed, unless it is one to be looked up
 *     +E STATUS       the script's end
 *     anything else   the shell's own complaint, or its word about a signal ("Killed")
 */
export type Lane = {
  /** Starts a script; one at a time. `onEnd` comes once, with the process id where it was known; then, `isIdle` tells whether the lane may take another. */
  run(invocation: Invocation, output: OutputListener, onEnd: (exit: Exit, pid: number | null) => void): void;
  /** The running script's process id, as soon as it is known. One to be looked up is looked up. */
  pid(): number | null;
  isIdle(): boolean;
  /** Whether it can take another script right now: somebody may have removed its FIFOs since. */
  isReusable(): boolean;
  /** Ends an idle lane: its shell exits by itself, its FIFOs are removed. A busy one is left alone, and so are its FIFOs. */
  close(): Promise<void>;
};

/** What a lane needs; its FIFOs become `PREFIX.out` and `PREFIX.err`. */
export type LaneOptions = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly pipePrefix: string;
  readonly clock: Clock;
  readonly processes: Processes;
};

type Run = {
  readonly stdinPath: string;
  readonly stderr: LaneStderr;
  readonly output: OutputListener;
  readonly onEnd: (exit: Exit, pid: number | null) => void;
  readonly sinceMs: number;
  /** Its shell does not say when it begins. */
  readonly isSilent: boolean;
  /** Its shell has the command. */
  isAsked: boolean;
  hasBegun: boolean;
  isSettling: boolean;
  pid: number | null;
};

const pollMs = 100;
const listenAfterMs = 20;

/** Starts a lane's shell. Never throws: a shell that can't be started ends the first run as not started. */
export function openLane({ cwd, env, pipePrefix, clock, processes }: LaneOptions): Lane {
  const [outPath, errPath] = [`${pipePrefix}.out`, `${pipePrefix}.err`];
  const commandFor = runCommands({ outPath, errPath });
  let run: Run | null = null;
  let queued: string | null = null; // the command of a run that came before the FIFOs were there
  let pipes: readonly Pipe[] | null = null; // null: not made yet
  let listening: NodeJS.Timeout | undefined;
  let words = '';
  let isSpent = false;
  let gone = () => {};
  const whenGone = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const shell = startShell({ cwd, env }, onLine, (status, signal, failure) => {
    if (failure !== null) words = failure;
    onShellGone(status, signal);
  });
  shell?.stdin?.write(setUpCommand({ outPath, errPath }));

  function onLine(line: string) {
    if (line === '+R') onPipesMade();
    else if (line.startsWith('+P ')) onBegun(Number.parseInt(line.slice(line.lastIndexOf('/') + 1), 10));
    else if (line.startsWith('+E ')) onStatus(Number(line.slice(3)));
    else if (words.length < 1024) words += `${line}\n`;
  }

  function onBegun(pid: number) {
    words = ''; // what was said before did not keep it from beginning: bash warns of a locale that it lacks
    if (!run) return;
    run.hasBegun = true;
    run.pid = Number.isNaN(pid) ? null : pid;
  }

  function onPipesMade() {
    const opened: Pipe[] = [];
    try {
      opened.push(openPipe(outPath, (chunk) => run?.output.onStdout(chunk)));
      opened.push(openPipe(errPath, (chunk) => run?.stderr.onChunk(chunk)));
      pipes = opened;
      if (queued !== null) begin(queued);
    } catch (error) {
      words = error instanceof Error ? error.message : String(error);
      for (const pipe of opened) pipe.remove();
      shell?.stdin?.end(); // no pipes, no runs: the shell goes, and with it the run
    }
    queued = null;
  }

  function listen() {
    pid(); // once it has lived for so long, it is known also when it is over
    run?.stderr.listen();
    for (const pipe of pipes ?? []) pipe.listen();
  }

  /** Most scripts are over before anybody listens: what they wrote is read at their end, all at once. */
  function begin(command: string) {
    words = ''; // bash warns of a locale that it lacks
    if (run) run.isAsked = true;
    shell?.stdin?.write(command);
    listening = setTimeout(listen, listenAfterMs); // of real time: a script that has filled its pipe waits
  }

  function onStatus(status: number) {
    if (!run) return;
    const { stdinPath, stderr } = run;
    settle(() => exitOf(status, words, stderr, [stdinPath, outPath, errPath]));
  }

  /** The shell has gone, with or without a script that it was waiting for. */
  function onShellGone(status: number | null, signal: NodeJS.Signals | null) {
    isSpent = true;
    if (!pipes) for (const path of [outPath, errPath]) removeFile(path);
    if (!run) for (const pipe of pipes ?? []) pipe.remove();
    gone();
    if (!run || run.isSettling) return;
    const ended = run;
    const killed: Exit = signal && (!ended.isSilent || ended.pid !== null) ? signaled(signalNumber(signal)) : { kind: 'unknown' };
    const identity = identityOf(ended);
    ended.pid ??= identity?.pid ?? null; // whoever records it, or tells of it, asks for it from now on
    if (!identity) return settle(() => withoutIt(ended, killed, `its shell ended (${signal ?? status}) before it began`));
    let polls = 0;
    const poll = () => {
      polls += 1;
      if (processes.isAlive(identity)) clock.after(pollMs, poll);
      else settle(() => (polls <= 2 ? killed : { kind: 'unknown' })); // dying together with its shell, or long after it
    };
    clock.after(pollMs, poll);
  }

  /** How a script went that nobody finds when its shell has gone. A silent one that could not begin has the shell's words for it, if it was told to begin at all. */
  function withoutIt({ isSilent, hasBegun, isAsked, stderr }: Run, killed: Exit, otherwise: string): Exit {
    if (hasBegun) return killed;
    if (!isSilent || !isAsked) return notStarted('set-up', words.trim() || otherwise);
    const said = words.trim() || stderr.forkFailure();
    return said ? notStarted('set-up', said) : killed;
  }

  /** Who runs on without the shell; null: nobody. */
  function identityOf({ pid, isSilent, isAsked, sinceMs }: Run): ProcessIdentity | null {
    if (pid !== null) return processes.identify(pid);
    if (!isSilent || !isAsked || shell?.pid === undefined) return null;
    return processes.leftOf(shell.pid, clock.monotonicMs() - sinceMs, [outPath, errPath]);
  }

  /** Looks the process id of a silent script up, once somebody asks. */
  function pid(): number | null {
    if (run?.isSilent && run.isAsked && run.pid === null && !run.isSettling && !isSpent && shell?.pid !== undefined)
      run.pid = processes.childOf(shell.pid);
    return run?.pid ?? null;
  }

  function isIdle(): boolean {
    return !isSpent && run === null;
  }

  /** Reads what the script has left in its pipes, then ends the run. A pipe that somebody still holds costs up to the grace, and the lane. */
  function settle(exit: () => Exit) {
    if (run) run.isSettling = true;
    clearTimeout(listening);
    const held = (pipes ?? []).filter((pipe) => !pipe.settle());
    if (held.length === 0) {
      if (isSpent) for (const pipe of pipes ?? []) pipe.remove();
      return end(exit());
    }
    isSpent = true;
    let left = held.length;
    const finish = () => {
      timer.cancel();
      for (const pipe of pipes ?? []) pipe.abandon();
      pipes = [];
      shell?.stdin?.end();
      end(exit());
    };
    const timer = clock.after(pipeGraceMs, finish);
    for (const pipe of held) {
      pipe.onReleased(() => {
        left -= 1;
        if (left === 0 && run) finish();
      });
    }
  }

  function end(exit: Exit) {
    const ended = run;
    if (!ended) return;
    if (exit.kind !== 'not-started') ended.stderr.release();
    run = null;
    words = '';
    ended.onEnd(exit, ended.pid);
  }

  return {
    run(invocation, output, onEnd) {
      const { path, stdinPath, env, isPidLookedUp = false } = invocation;
      const isSilent = isPidLookedUp && processes.knowsChildren && Object.keys(env).length === 0;
      run = {
        stdinPath: stdinPath ?? '/dev/null',
        stderr: laneStderr(path, isSilent, output.onStderr),
        output,
        onEnd,
        sinceMs: clock.monotonicMs(),
        isSilent,
        isAsked: false,
        hasBegun: false,
        isSettling: false,
        pid: null,
      };
      const command = commandFor(invocation, isSilent);
      if (pipes) begin(command);
      else queued = command;
    },
    pid,
    isIdle,
    isReusable: () => isIdle() && (pipes ?? []).every((pipe) => pipe.isThere()), // or `1<>` would make a plain file
    close() {
      shell?.stdin?.end();
      if (run) return Promise.resolve();
      isSpent = true;
      return whenGone;
    },
  };
}
