import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';

/**
 * Starts this program again in the background. Parent and child talk over pipes: the child's
 * orders go to its stdin, never into its arguments, which all users can read; its messages until
 * it is ready come back on descriptor 3.
 */
export type Detach = {
  /**
   * Parent: starts this program in a session of its own, with the working directory `/`, and gives
   * it `text`. Resolves when it is ready or has ended; never rejects.
   */
  start(text: string): Promise<DetachedStart>;
  /**
   * Child: reads the text it was given, and closes what it inherited from the parent, except
   * descriptor 3. Throws if there is no stdin.
   */
  receive(): DetachedOrders;
};

/**
 * How the start of a detached program went. `said` is its messages until then, in whole lines.
 * `status` null: a signal ended it, or it could not be started.
 */
export type DetachedStart =
  | { readonly kind: 'ready'; readonly pid: number }
  | { readonly kind: 'ended'; readonly status: number | null; readonly said: string };

/**
 * What the child was given, and its way to answer: `say` reports why it can't start, `ready` that
 * it has started. The parent reads nothing after that. Neither throws.
 */
export type DetachedOrders = { readonly text: string; say(text: string): void; ready(): void };

/** The argument that makes this program the child. */
export const detachedWord = '(detached)';

const channel = 3;
const readyMark = '\0';

/** Detaches this program. */
export const detach: Detach = { start, receive };

function start(text: string): Promise<DetachedStart> {
  return new Promise((resolve) => {
    const failed = (error: unknown) =>
      resolve({
        kind: 'ended',
        status: null,
        said: `the background process can't be started: ${messageOf(error)}\n`,
      });
    try {
      const words = [...process.execArgv, process.argv[1] ?? '', detachedWord];
      const child = spawn(process.execPath, words, {
        cwd: '/',
        detached: true,
        stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      });
      let said = '';
      const streams = [child.stdio[2], child.stdio[channel]].filter((stream) => stream instanceof Readable);
      for (const stream of streams) {
        stream.on('error', () => {}); // `close` follows
        stream.setEncoding('utf8').on('data', (words: string) => {
          said += words;
          if (!said.endsWith(readyMark)) return;
          for (const one of streams) one.destroy();
          child.unref();
          resolve({ kind: 'ready', pid: child.pid ?? 0 });
        });
      }
      child.on('error', failed);
      child.on('close', (status) => resolve({ kind: 'ended', status, said }));
      child.stdin?.on('error', () => {}); // the child ended before it had read all
      child.stdin?.end(text);
    } catch (error) {
      failed(error);
    }
  });
}

function receive(): DetachedOrders {
  const text = readFileSync(0, 'utf8');
  // Nothing else opens files yet, so each file gets the lowest free number: the one just closed.
  for (const [fd, flags] of [[0, 'r'] as const, [2, 'w'] as const]) {
    closeSync(fd);
    openSync('/dev/null', flags);
  }
  let isOver = false;
  function send(words: string) {
    try {
      if (!isOver) writeSync(channel, words);
    } catch {
      // the parent has gone; the agent starts all the same
    }
  }
  return {
    text,
    say: (words) => send(words.replaceAll(readyMark, '')),
    ready() {
      send(readyMark);
      if (!isOver) closeSync(channel);
      isOver = true;
    },
  };
}
