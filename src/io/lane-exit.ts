import type { Exit } from './launcher.ts';
import { signalName } from './processes.ts';
import { errnoOf, execFailure } from './shell-words.ts';

/**
 * How a script in a lane went: `status` is what its shell says, `words` what the shell said beside it, `withheld` the beginning of stderr
 * where that may be the shell's too, `files` what the shell had to open for the script.
 */
export function exitOf(status: number, words: string, withheld: Uint8Array | null, path: string, files: readonly string[]): Exit {
  const failure = execFailure(path, status, withheld ? Buffer.from(withheld).toString('utf8') : '');
  if (failure !== null) return notStarted('exec', failure);
  if (status > 128 && (words !== '' || status === 130 || status === 141)) return signaled(status - 128);
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
