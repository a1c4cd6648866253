import type { LaneStderr } from './lane-stderr.ts';
import type { Exit } from './launcher.ts';
import { signalName } from './processes.ts';
import { errnoOf } from './shell-words.ts';

/**
 * How a script in a lane went: `status` is what its shell says, `words` what the shell said beside it, `files` what the shell had to open for the
 * script. Takes out of `stderr` what is the shell's.
 */
export function exitOf(status: number, words: string, stderr: LaneStderr, files: readonly string[]): Exit {
  const failure = stderr.execFailure(status);
  if (failure !== null) return notStarted('exec', failure);
  const isTold = words !== '' || status === 130 || status === 141; // of SIGINT and SIGPIPE no shell says a word
  if (status > 128 && (isTold || stderr.takeSignalWord(status - 128))) return signaled(status - 128);
  if (status !== 0 && files.some((file) => words.includes(`${file}: `))) return notStarted('set-up', words);
  return { kind: 'exited', status };
}

/** A script that never ran, with the shell's or the system's words. */
export function notStarted(failedAt: 'set-up' | 'exec', words: string): Exit {
  return { kind: 'not-started', failedAt, code: errnoOf(words), words: words.trim() };
}

/** A script that a signal ended, by its number. */
export function signaled(number: number): Exit {
  return { kind: 'signaled', signal: signalName(number), status: 128 + number };
}
