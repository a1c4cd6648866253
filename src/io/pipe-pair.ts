import type { Clock } from './clock.ts';
import { type OutputListener, pipeGraceMs } from './launcher.ts';
import { openPipe, type Pipe, removeFile } from './pipe.ts';

/** The two FIFOs that a script writes to: one script at a time, many one after the other. */
export type PipePair = {
  readonly outPath: string;
  readonly errPath: string;
  /** From now on what comes is this script's. It is handed on at its end; after 20 ms as it comes, for a script that has filled its pipe waits. */
  begin(output: OutputListener): void;
  /** The script has ended: hands on what it has left, then calls back, once. A FIFO that somebody still holds costs up to the grace, and the pair. */
  settle(done: () => void): void;
  /** Whether both are there and nobody holds them. */
  isReusable(): boolean;
  /** Removes them. For a pair that nobody writes to. */
  remove(): void;
};

const listenAfterMs = 20; // of real time
const nobody: OutputListener = { onStdout() {}, onStderr() {} };

/** Opens a pair whose FIFOs exist. Throws what the system says, and leaves neither file nor descriptor then. */
export function openPipePair(outPath: string, errPath: string, clock: Clock): PipePair {
  let output = nobody;
  let isSpent = false;
  let listening: NodeJS.Timeout | undefined;
  const pipes: Pipe[] = [];
  try {
    pipes.push(openPipe(outPath, (chunk) => output.onStdout(chunk)));
    pipes.push(openPipe(errPath, (chunk) => output.onStderr(chunk)));
  } catch (error) {
    for (const path of [outPath, errPath]) removeFile(path);
    for (const pipe of pipes) pipe.remove();
    throw error;
  }

  function listen() {
    for (const pipe of pipes) pipe.listen();
  }

  function waitFor(held: readonly Pipe[], done: () => void) {
    isSpent = true;
    let left = held.length;
    const timer = clock.after(pipeGraceMs, finish);
    function finish() {
      timer.cancel();
      output = nobody;
      for (const pipe of pipes) pipe.abandon();
      done();
    }
    for (const pipe of held) {
      pipe.onReleased(() => {
        left -= 1;
        if (left === 0 && output !== nobody) finish();
      });
    }
  }

  return {
    outPath,
    errPath,
    begin(listener) {
      output = listener;
      listening = setTimeout(listen, listenAfterMs);
    },
    settle(done) {
      clearTimeout(listening);
      const held = pipes.filter((pipe) => !pipe.settle());
      if (held.length > 0) return waitFor(held, done);
      output = nobody;
      done();
    },
    isReusable: () => !isSpent && pipes.every((pipe) => pipe.isThere()),
    remove() {
      isSpent = true;
      for (const pipe of pipes) pipe.remove();
    },
  };
}
