import type { Clock } from '../clock.ts';
import { type Fifo, openFifo } from './fifo.ts';
import { type OutputListener, pipeGraceMs } from './launcher.ts';

/** The two FIFOs that a script writes to: one script at a time, many one after the other. */
export type FifoPair = {
  readonly outPath: string;
  readonly errPath: string;
  /** From now on what comes is this script's. It is handed on at its end. `folderChanges`: so many changes of the pipes' folder had been seen by then. */
  begin(output: OutputListener, folderChanges: number): void;
  /** As `begin` was told. */
  folderChanges(): number;
  /** Whether the script began before `ms` of `performance.now()`. */
  isOlderThan(ms: number): boolean;
  /** From now on what comes is handed on as it comes: a script that has filled its pipe waits. */
  listen(): void;
  /** The script has ended: hands on what it has left, then calls back, once. A FIFO that somebody still holds costs up to the grace, and the pair. */
  settle(done: () => void): void;
  /** Somebody holds one still, or did when the script ended: the pair goes by itself, with whoever it is. */
  isSpent(): boolean;
  /** Whether their files are there. */
  areThere(): boolean;
  /** Removes them. For a pair that nobody writes to. */
  remove(): void;
};

const nobody: OutputListener = { onStdout() {}, onStderr() {} };

/** Opens a pair whose FIFOs exist. Throws what the system says, and leaves no descriptor then. */
export function openFifoPair(outPath: string, errPath: string, clock: Clock): FifoPair {
  let output = nobody;
  let isSpent = false;
  let begunMs = 0;
  let folderChanges = 0;
  const pipes = openBoth([outPath, (chunk) => output.onStdout(chunk)], [errPath, (chunk) => output.onStderr(chunk)]);

  function waitFor(held: readonly Fifo[], done: () => void) {
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
    begin(listener, changes) {
      output = listener;
      folderChanges = changes;
      begunMs = performance.now();
    },
    folderChanges: () => folderChanges,
    isOlderThan: (ms) => begunMs < ms,
    listen() {
      for (const pipe of pipes) pipe.listen();
    },
    settle(done) {
      const held = pipes.filter((pipe) => !pipe.settle());
      if (held.length > 0) return waitFor(held, done);
      output = nobody;
      done();
    },
    isSpent: () => isSpent,
    areThere: () => pipes.every((pipe) => pipe.isThere()),
    remove() {
      for (const pipe of pipes) pipe.remove();
    },
  };
}

type Opening = readonly [path: string, onData: (chunk: Uint8Array) => void];

/** Both or neither. */
function openBoth(out: Opening, err: Opening): readonly Fifo[] {
  let opened: Fifo | null = null;
  try {
    opened = openFifo(...out);
    return [opened, openFifo(...err)];
  } catch (error) {
    opened?.remove();
    throw error;
  }
}
