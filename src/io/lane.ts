import type { ProcessIdentity } from '../model/run.ts';
import type { Clock } from './clock.ts';
import { runCommands, setUpCommand } from './lane-command.ts';
import { exitOf, notStarted, signaled } from './lane-exit.ts';
import { startShell } from './lane-shell.ts';
import { type Exit, type Invocation, type OutputListener, pipeGraceMs } from './launcher.ts';
import { openPipe, type Pipe, removeFile } from './pipe.ts';
import { type Processes, signalNumber } from './processes.ts';
import { endsInSignalWord, mayBeExecFailure, mayBeSignalWord } from './shell-words.ts';

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
  readonly path: string;
  readonly stdinPath: string;
  readonly output: OutputListener;
  readonly onEnd: (exit: Exit, pid: number | null) => void;
  readonly sinceMs: number;
  /** Its shell does not say when it begins. */
  readonly isSilent: boolean;
  hasBegun: boolean;
  isSettling: boolean;
  pid: number | null;
  /** Stderr that may be the shell's word instead of the script's: not handed on before that is clear. */
  withheld: Uint8Array | null;
  stderrSeen: boolean;
  /** Its last 64 characters, of a silent one. */
  stderrEnd: string;
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
      opened.push(openPipe(errPath, onStderr));
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
    for (const pipe of pipes ?? []) pipe.listen();
  }

  /** Most scripts are over before anybody listens: what they wrote is read at their end, all at once. */
  function begin(command: string) {
    shell?.stdin?.write(command);
    listening = setTimeout(listen, listenAfterMs); // of real time: a script that has filled its pipe waits
  }

  function onStderr(chunk: Uint8Array) {
    if (!run) return;
    const isFirst = !run.stderrSeen;
    run.stderrSeen = true;
    if (run.isSilent) run.stderrEnd = (run.stderrEnd + Buffer.from(chunk.subarray(-64)).toString('latin1')).slice(-64);
    if (isFirst || run.withheld) {
      const begun = Buffer.concat([run.withheld ?? new Uint8Array(), chunk]); // dash writes its message piece by piece
      run.withheld = mayBeExecFailure(run.path, begun) || (run.isSilent && mayBeSignalWord(begun)) ? begun : null;
      if (!run.withheld) run.output.onStderr(begun);
    } else run.output.onStderr(chunk);
  }

  function onStatus(status: number) {
    if (!run) return;
    const { path, stdinPath } = run;
    const said = () => (words === '' && run && endsInSignalWord(run.stderrEnd) ? run.stderrEnd : words);
    settle(() => exitOf(status, said(), run?.withheld ?? null, path, [stdinPath, outPath, errPath]));
  }

  /** The shell has gone, with or without a script that it was waiting for. */
  function onShellGone(status: number | null, signal: NodeJS.Signals | null) {
    isSpent = true;
    if (!pipes) for (const path of [outPath, errPath]) removeFile(path);
    if (!run) for (const pipe of pipes ?? []) pipe.remove();
    gone();
    if (!run || run.isSettling) return;
    const killed: Exit = signal ? signaled(signalNumber(signal)) : { kind: 'unknown' };
    if (run.isSilent) run.hasBegun = signal !== null || words === ''; // a shell that gives up says why
    const identity = identityOf(run);
    if (!run.hasBegun) {
      const said = words.trim() || `its shell ended (${signal ?? status}) before it began`;
      return settle(() => notStarted('set-up', said));
    }
    if (!identity) return settle(() => killed);
    let polls = 0;
    const poll = () => {
      polls += 1;
      if (processes.isAlive(identity)) clock.after(pollMs, poll);
      else settle(() => (polls <= 2 ? killed : { kind: 'unknown' })); // dying together with its shell, or long after it
    };
    clock.after(pollMs, poll);
  }

  /** Who runs on without the shell; null: nobody. */
  function identityOf({ pid, isSilent, sinceMs }: Run): ProcessIdentity | null {
    if (pid !== null) return processes.identify(pid);
    return isSilent && shell?.pid !== undefined ? processes.leftOf(shell.pid, clock.monotonicMs() - sinceMs) : null;
  }

  /** Looks the process id of a silent script up, once somebody asks. */
  function pid(): number | null {
    if (run?.isSilent && run.pid === null && !run.isSettling && queued === null && shell?.pid !== undefined)
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
    const isShells = exit.kind === 'not-started' || (exit.kind === 'signaled' && ended.isSilent);
    if (ended.withheld && !isShells) ended.output.onStderr(ended.withheld);
    run = null;
    words = '';
    ended.onEnd(exit, ended.pid);
  }

  return {
    run(invocation, output, onEnd) {
      const { path, stdinPath, env, isPidLookedUp = false } = invocation;
      run = {
        path,
        stdinPath: stdinPath ?? '/dev/null',
        output,
        onEnd,
        sinceMs: clock.monotonicMs(),
        isSilent: isPidLookedUp && processes.knowsChildren && Object.keys(env).length === 0,
        hasBegun: false,
        isSettling: false,
        pid: null,
        withheld: null,
        stderrSeen: false,
        stderrEnd: '',
      };
      const command = commandFor(invocation, run.isSilent);
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
