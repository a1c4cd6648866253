import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';

/**
 * A program that starts itself anew in the background. The two halves talk over pipes: what the child is to do goes to its stdin, and
 * never into its arguments, which everybody may read; what it has to say until it is ready comes back on descriptor 3.
 */
export type Detach = {
  /** Parent: starts this program in a session of its own, its working directory `/`, and hands it `text`. Resolves when it is ready or has ended; never rejects. */
  start(text: string): Promise<DetachedStart>;
  /** Child: takes what was handed to it, and lets go of what it inherited of the parent's but descriptor 3. Throws where there is none. */
  receive(): Handed;
};

/** How the start of a detached program went. `said` is what it said meanwhile, whole lines. `status` null: a signal ended it, or it could not be started. */
export type DetachedStart =
  | { readonly kind: 'ready'; readonly pid: number }
  | { readonly kind: 'ended'; readonly status: number | null; readonly said: string };

/** The child's half: `say` tells the parent why it can't start, `ready` that it has started; after that nobody listens. Neither throws. */
export type Handed = { readonly text: string; say(text: string): void; ready(): void };

/** The word that makes this program the child. */
export const detachedWord = '(detached)';

const channel = 3;
const readyMark = '\0';

/** This program's own. */
export const detach: Detach = { start, receive };

function start(text: string): Promise<DetachedStart> {
  return new Promise((resolve) => {
    const failed = (error: unknown) =>
      resolve({
        kind: 'ended',
        status: null,
        said: `a process of its own can't be started: ${messageOf(error)}\n`,
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
        stream.on('error', () => {}); // told by `close`
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
      child.stdin?.on('error', () => {}); // it ended before it had read
      child.stdin?.end(text);
    } catch (error) {
      failed(error);
    }
  });
}

function receive(): Handed {
  const text = readFileSync(0, 'utf8');
  // Nothing else opens files yet, so that each takes the lowest number that is free: the one that was closed.
  for (const [fd, flags] of [[0, 'r'] as const, [2, 'w'] as const]) {
    closeSync(fd);
    openSync('/dev/null', flags);
  }
  let isOver = false;
  function tell(words: string) {
    try {
      if (!isOver) writeSync(channel, words);
    } catch {
      // the parent has gone; whoever starts an agent and leaves gets one all the same
    }
  }
  return {
    text,
    say: (words) => tell(words.replaceAll(readyMark, '')),
    ready() {
      tell(readyMark);
      if (!isOver) closeSync(channel);
      isOver = true;
    },
  };
}
