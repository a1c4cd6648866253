import type { Clock } from './clock.ts';
import { type OutputListener, pipeGraceMs } from './launcher.ts';
import { openPipe, type Pipe, removeFile } from './pipe.ts';

/** The two FIFOs that a script writes to: one script at a time, many one after the other. */
export type PipePair = {
  /** What a script's stdout is to be opened at, and its stderr. */
  outPath(): string;
  errPath(): string;
  /** From now on what comes is this script's. It is handed on at its end; after 20 ms as it comes, for a script that has filled its pipe waits. */
  begin(output: OutputListener): void;
  /** The script has ended: hands on what it has left, then calls back, once. A FIFO that somebody still holds costs up to the grace, and the pair. */
  settle(done: () => void): void;
  /** Whether nobody holds them, and their files are there. */
  isReusable(): boolean;
  /** Removes them. For a pair that nobody writes to. */
  remove(): void;
};

const listenAfterMs = 20; // of real time
const lookAgainAfterMs = 100; // whether its files are there
const nobody: OutputListener = { onStdout() {}, onStderr() {} };

/** Opens a pair whose FIFOs exist. Throws what the system says, and leaves neither file nor descriptor then. */
export function openPipePair(outPath: string, errPath: string, clock: Clock): PipePair {
  let output = nobody;
  let isSpent = false;
  let wasThereMs = performance.now();
  let listening: NodeJS.Timeout | undefined;
  const [out, err] = openBoth([outPath, (chunk) => output.onStdout(chunk)], [errPath, (chunk) => output.onStderr(chunk)]);
  const pipes = [out, err];

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

  /** Looked at now and then: to lose them costs nothing before the agent ends while a script runs. */
  function areThere(): boolean {
    const nowMs = performance.now();
    if (nowMs - wasThereMs < lookAgainAfterMs) return true;
    wasThereMs = nowMs;
    return pipes.every((pipe) => pipe.isThere());
  }

  return {
    outPath: out.writerPath,
    errPath: err.writerPath,
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
    isReusable: () => !isSpent && areThere(),
    remove() {
      isSpent = true;
      for (const pipe of pipes) pipe.remove();
    },
  };
}

type Opening = readonly [path: string, onData: (chunk: Uint8Array) => void];

/** Both or neither. */
function openBoth(out: Opening, err: Opening): readonly [out: Pipe, err: Pipe] {
  let opened: Pipe | null = null;
  try {
    opened = openPipe(...out);
    return [opened, openPipe(...err)];
  } catch (error) {
    opened?.remove();
    for (const [path] of [out, err]) removeFile(path);
    throw error;
  }
}
