import type { LogDestination } from '../io/disk/log-file.ts';

/** A log whose place is not open yet: it holds lines, and writes them as soon as it is `release`d to where they belong. What is never released is never written. */
export type DeferredLog = LogDestination & { release(to: LogDestination): void };

/** Holds nothing yet. */
export function createDeferredLog(): DeferredLog {
  let lines: readonly string[] = [];
  let destination: LogDestination | null = null;
  return {
    write(line) {
      if (destination !== null) return destination.write(line);
      lines = [...lines, line];
      return null;
    },
    reopen: () => destination?.reopen() ?? null,
    close: () => destination?.close(),
    release(to) {
      destination = to;
      for (const line of lines) to.write(line);
      lines = [];
    },
  };
}
