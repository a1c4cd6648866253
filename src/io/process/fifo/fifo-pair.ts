import { basename } from 'node:path';
import type { Clock } from '../../clock.ts';
import { type OutputListener, pipeGraceMs } from '../launch/launcher.ts';
import { type Fifo, openFifo } from './fifo.ts';

/** The two FIFOs that a script writes to: one script at a time, many one after the other. */
export type FifoPair = {
  /** Begins the names of its files: `42-3` for `42-3.out` and `42-3.err`. */
  readonly prefix: string;
  /** What the end of `prefix` says. */
  readonly number: number;
  readonly outPath: string;
  readonly errPath: string;
  /**
   * A script begins: what comes from now on goes to `output`, at the script's end. `folderChanges`
   * is the number of changes of the folder that were seen so far.
   */
  begin(output: OutputListener, folderChanges: number): void;
  /** The number that `begin` was given. */
  folderChangesAtStart(): number;
  /** Whether the script began before `ms` of `performance.now()`. */
  beganBefore(ms: number): boolean;
  /** Hands on what comes as it comes: a script that has filled its pipe would wait otherwise. */
  listen(): void;
  /**
   * The script has ended: hands on the rest of its output, then calls back, once. If another
   * process holds a FIFO, this takes up to `pipeGraceMs`, and the pair is spent.
   */
  settle(done: () => void): void;
  /**
   * Another process holds a FIFO open, or did when the script ended. The pair must not be reused;
   * it is removed when that process closes it.
   */
  isSpent(): boolean;
  /** Whether both files are there. */
  areThere(): boolean;
  /** Whether each can be opened again, or is held by no process any more. */
  areReadable(): boolean;
  /** Removes both. For a pair that no process writes to. */
  remove(): void;
  /** Calls back once no process holds the pair. For a spent pair, until it is let go. */
  onFree(fn: () => void): void;
  /** Closes both, and leaves the files to another reader. For a spent pair. */
  letGo(): void;
};

/** Where a pair is: its number, and the path that begins the names of its files. */
export type PairName = { readonly number: number; readonly path: string };

const noListener: OutputListener = { onStdout() {}, onStderr() {} };

/** Opens a pair whose FIFOs exist. Throws the system's error, and leaves no descriptor then. */
export function openFifoPair({ number, path }: PairName, clock: Clock): FifoPair {
  const [outPath, errPath] = pathsOf(path);
  let output = noListener; // while no script writes to the pair
  let isSpent = false;
  let begunMs = 0;
  let folderChanges = 0;
  const held = { fifos: 2, onFree() {} };
  const fifos = openBoth([outPath, (chunk) => output.onStdout(chunk)], [errPath, (chunk) => output.onStderr(chunk)]);

  function waitFor(unsettled: readonly Fifo[], done: () => void) {
    isSpent = true;
    let left = unsettled.length;
    const timer = clock.after(pipeGraceMs, finish);
    function finish() {
      timer.cancel();
      output = noListener;
      for (const fifo of fifos) fifo.abandon(countDown);
      done();
    }
    for (const fifo of unsettled) {
      fifo.onReleased(() => {
        left -= 1;
        if (left === 0 && output !== noListener) finish();
      });
    }
  }

  function countDown() {
    held.fifos -= 1;
    if (held.fifos === 0) held.onFree();
  }

  return {
    prefix: basename(path),
    number,
    outPath,
    errPath,
    begin(listener, changes) {
      output = listener;
      folderChanges = changes;
      begunMs = performance.now();
    },
    folderChangesAtStart: () => folderChanges,
    beganBefore: (ms) => begunMs < ms,
    listen() {
      for (const fifo of fifos) fifo.listen();
    },
    settle(done) {
      const unsettled = fifos.filter((fifo) => !fifo.settle());
      if (unsettled.length > 0) return waitFor(unsettled, done);
      output = noListener;
      done();
    },
    isSpent: () => isSpent,
    areThere: () => fifos.every((fifo) => fifo.isThere()),
    areReadable: () => fifos.every((fifo) => fifo.isReleased() || fifo.isThere()),
    remove() {
      for (const fifo of fifos) fifo.remove();
    },
    onFree(fn) {
      held.onFree = fn;
      if (held.fifos === 0) setImmediate(fn);
    },
    letGo() {
      held.onFree = () => {};
      for (const fifo of fifos) fifo.letGo();
    },
  };
}

/** The paths of stdout and stderr. */
export function pathsOf(path: string): readonly [string, string] {
  return [`${path}.out`, `${path}.err`];
}

type FifoOpening = readonly [path: string, onData: (chunk: Uint8Array) => void];

/** Opens both or neither. */
function openBoth(out: FifoOpening, err: FifoOpening): readonly Fifo[] {
  let opened: Fifo | null = null;
  try {
    opened = openFifo(...out);
    return [opened, openFifo(...err)];
  } catch (error) {
    opened?.remove();
    throw error;
  }
}
