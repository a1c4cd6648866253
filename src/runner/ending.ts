import { noDescriptorsLeft } from '../io/no-descriptors.ts';
import type { Exit } from '../io/process/launch/launcher.ts';
import type { Advice, EndingKind } from '../model/advice.ts';
import type { ExitStates } from '../model/format.ts';
import { unreachable } from '../model/result.ts';
import type { Ending, NotStartedCause, RunOutcome } from '../model/run.ts';
import { typeable } from '../words/shell-words.ts';
import { adviceOnFirstLine, type RunTrace, ranByShell, withoutCarriageReturns } from './first-line.ts';

/**
 * How a run ended; and why it gave no samples, with what to type: null if its output counts.
 */
export type JudgedExit = Pick<RunOutcome, 'ending' | 'failure'>;

/**
 * Judges how a process ended. `firstLine` is the script's first line (Latin-1, without its end);
 * null: there is no such file. `stderr` is the first line that the run wrote to stderr. Neither
 * matters after a good run. `states` are exit statuses that are no failures; null: only 0 is none.
 */
export function judgeExit(
  exit: Exit,
  path: string,
  firstLine: string | null,
  stderr: string | null = null,
  states: ExitStates | null = null,
): JudgedExit {
  if (isGood(exit, states)) return { ending: exit, failure: null };
  if (exit.kind !== 'not-started')
    return { ending: exit, failure: adviceOnEnd(exit, path, { firstLine, stderr }, states) };
  const { failedAt, code, words } = exit;
  const ofScript = failedAt === 'exec' ? causeInScript(code, path, firstLine) : null;
  const { cause, sentence, commands } = ofScript ?? other(causeAround(code, words.trim()));
  const kind = cause === 'other' ? 'not-started' : cause;
  return { ending: { kind: 'not-started', code, cause }, failure: { kind, sentence, commands } };
}

/** Whether the output of a run counts that ended like this. */
export function isGood(exit: Exit, states: ExitStates | null): exit is Extract<Exit, { kind: 'exited' }> {
  return exit.kind === 'exited' && exit.status <= (states?.last ?? 0);
}

/** The status that the next run is given; null: this run changes nothing for it. */
export function statusOf(ending: Ending): number | null {
  return ending.kind === 'exited' || ending.kind === 'signaled' ? ending.status : null;
}

/** Why a run that had started gave no samples. */
function adviceOnEnd(
  ending: Exclude<Exit, { kind: 'not-started' }>,
  path: string,
  trace: RunTrace,
  states: ExitStates | null,
): Advice<EndingKind> {
  switch (ending.kind) {
    case 'exited': {
      const { status } = ending;
      const ofScript = adviceOnFirstLine(status, path, trace);
      if (ofScript !== null) return ofScript;
      const by = ranByShell(trace.firstLine);
      const noState = states === null ? '' : `, which is no state of ${states.of} (0 to ${states.last})`;
      const exited = `it exited with status ${status}${by}${noState}, so its output was not sent`;
      return { kind: 'exit-status', sentence: `${exited}${hintAt(status)}`, commands: [] };
    }
    case 'signaled': {
      const ended = `it was ended by ${ending.signal} (the agent sends no signal), so its output was not sent`;
      const cure = 'find out what sent it: a person, timeout, the kernel when memory is short; it runs again when due';
      return { kind: 'signal', sentence: `${ended}; ${cure}`, commands: [] };
    }
    case 'unknown': {
      const sentence =
        'its exit status was collected by someone else, so how it ended is not known, and its output was not sent; ' +
        "find out what else waits for the agent's child processes; it runs again when due";
      return { kind: 'ending-unknown', sentence, commands: [] };
    }
    default:
      return unreachable(ending);
  }
}

function hintAt(status: number): string {
  if (status === 127)
    return '; 127 usually means that a command was not found: look at its stderr, and at PATH in [env]';
  if (status === 126) return '; 126 usually means that a command may not be executed: look at its stderr';
  return '';
}

/** Why a script did not start, and what to do. */
type Cause = Pick<Advice, 'sentence' | 'commands'> & { readonly cause: NotStartedCause };

/** What is wrong with the script itself; null: the code says nothing about it. */
function causeInScript(code: string, path: string, firstLine: string | null): Cause | null {
  switch (code) {
    case 'ENOENT':
      return missing(path, firstLine);
    case 'EACCES':
      return other(
        'the system refuses to execute it (EACCES): its interpreter is not executable, ' +
          'or its file system is mounted noexec; make that executable, or name another one, and try it by hand',
        typeable(path),
      );
    case 'ETXTBSY':
      return {
        cause: 'being-written',
        sentence: 'a process still has it open for writing (ETXTBSY); it runs at the next tick after that is closed',
        commands: [],
      };
    case 'ENOEXEC':
      return other(
        'the system does not know its format (ENOEXEC): it was built for another machine, or lacks its #! line; ' +
          'build it for this one, or write that line',
      );
    default:
      return null;
  }
}

function other(sentence: string, ...commands: readonly string[]): Cause {
  return { cause: 'other', sentence, commands };
}

/** What is wrong with the system around it. */
function causeAround(code: string, words: string): string {
  switch (code) {
    case 'E2BIG':
      return (
        'its environment is larger than the system allows (E2BIG); ' +
        'shorten [env] or the env.NAME of its own section'
      );
    case 'EAGAIN':
    case 'ENOMEM':
      return (
        `the system has no room for another process (${code}); ` +
        'look at ulimit -u, the memory, and the pids limit of the service'
      );
    case 'EMFILE':
    case 'ENFILE':
      return noDescriptorsLeft(code) ?? code;
    case 'ENOSPC':
      return (
        `no room is left for its pipes (ENOSPC): ${words}; ` +
        'make room in the state directory, or name another folder with -t DIR'
      );
    default:
      return (
        `the system could not start it (${code}): ${words}; ` +
        'look whether the script directory, the state directory and -t DIR are as they should be'
      );
  }
}

/** Of an interpreter in a `#!` line. */
const longestPathBefore51 = 125;

/** ENOENT for a file that exists means its interpreter. */
function missing(path: string, firstLine: string | null): Cause {
  if (firstLine === null) return other('it went away before it could begin (ENOENT); put it back');
  const interpreter = /^#!\s*(\S+)/.exec(firstLine)?.[1];
  if (firstLine.endsWith('\r')) {
    const looksFor = `an interpreter '${interpreter ?? ''}\\r'`;
    return {
      cause: 'crlf-interpreter',
      sentence: `its first line ends in CRLF, so the system looks for ${looksFor}`,
      commands: [withoutCarriageReturns(path)],
    };
  }
  if (interpreter === undefined)
    return other(
      'the system found something missing (ENOENT): for a binary, the loader or a library that it names; install that',
    );
  const cut =
    interpreter.length > longestPathBefore51
      ? ', or its path is cut: before Linux 5.1 the system reads 127 bytes of a #! line'
      : '';
  const cure = `install it, or correct the #! line of ${typeable(path)}`;
  const sentence = `its interpreter ${interpreter} does not exist (ENOENT)${cut}; ${cure}`;
  return { cause: 'missing-interpreter', sentence, commands: [] };
}
