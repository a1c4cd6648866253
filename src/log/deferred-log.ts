import type { LogDestination } from '../io/disk/log-file.ts';

/**
 * A log whose destination is not open yet: it holds lines, and writes them when it is released to
 * the destination. Lines that are never released are never written.
 */
export type DeferredLog = LogDestination & { release(to: LogDestination): void };

/** Creates a log that holds no lines. */
export function createDeferredLog(): DeferredLog {
  let lines: readonly string[] = [];
  let destination: LogDestination | null = null;
  return {
    write(line) {
      if (destination !== null) return destination.write(line);
      lines = [...lines, line];
      return null;
    },
    isThere: () => destination?.isThere() ?? true,
    reopen: () => destination?.reopen() ?? null,
    close: () => destination?.close(),
    release(to) {
      destination = to;
      for (const line of lines) to.write(line);
      lines = [];
    },
  };
}
