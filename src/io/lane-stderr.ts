import { execFailure, mayBeExecFailure, signalWordAt } from './shell-words.ts';

/**
 * What comes out of a script's stderr, of which a little may be the shell's: its message that it could not execute the script, or
 * could not fork; and where the script is a simple command, its word about the signal that ended it. That much is held back until it is clear.
 */
export type LaneStderr = {
  onChunk(chunk: Uint8Array): void;
  /** From now on it is told as it comes. Before, that of a silent script is held until its end. */
  listen(): void;
  /** Why the script could not be executed, by this status and what is held; null: it ran. */
  execFailure(status: number): string | null;
  /** Why the shell could not start a process, by what is held; null: it says nothing of it. */
  forkFailure(): string | null;
  /** Whether a silent script's ends in the shell's word about this signal. What is held of that is not told. */
  takeSignalWord(signal: number): boolean;
  /** Tells what is held. */
  release(): void;
};

const longestWord = 64;

/** `tell` gets what is the script's; a chunk that is handed in is copied where it is held. */
export function laneStderr(path: string, isSilent: boolean, tell: (chunk: Uint8Array) => void): LaneStderr {
  let held: Buffer = Buffer.alloc(0);
  let isHolding = true;
  let isLive = !isSilent;
  let end = ''; // of a silent one

  const text = () => held.toString('utf8');

  function release() {
    isHolding = false;
    if (held.length > 0) tell(held);
    held = Buffer.alloc(0);
  }

  function releaseIfClear() {
    if (isLive && held.length > 0 && !mayBeExecFailure(path, held)) release(); // dash writes its message piece by piece
  }

  return {
    onChunk(chunk) {
      if (isSilent) end = (end + Buffer.from(chunk.subarray(-longestWord)).toString('latin1')).slice(-longestWord);
      if (!isHolding) return tell(chunk);
      held = Buffer.concat([held, chunk]);
      releaseIfClear();
    },
    listen() {
      isLive = true;
      releaseIfClear();
    },
    execFailure: (status) => execFailure(path, status, mayBeExecFailure(path, held) ? text() : ''),
    forkFailure: () => (isHolding && /^\S*sh: .*(?:fork|memory|resource)/im.test(text()) ? text() : null),
    takeSignalWord(signal) {
      if (!isSilent) return false;
      const word = signalWordAt(isHolding ? held.toString('latin1') : end, signal);
      if (word !== null && isHolding) held = held.subarray(0, held.length - word.length);
      return word !== null;
    },
    release,
  };
}
