const mostBytes = 32 * 1024 * 1024;

/**
 * The memory that outputs may take beyond 128 KiB each while the disk takes none of them: 32 MiB
 * for all runs of the agent together, twice the default of `max_output`. Used by `stdout.ts`.
 */
export class OutputMemory {
  #freeBytes: number;

  constructor(bytes = mostBytes) {
    this.#freeBytes = bytes;
  }

  /** Takes this many bytes of it. Returns false, and takes nothing, if fewer are free. */
  take(bytes: number): boolean {
    if (bytes > this.#freeBytes) return false;
    this.#freeBytes -= bytes;
    return true;
  }

  /** Gives back what was taken. */
  giveBack(bytes: number): void {
    this.#freeBytes += bytes;
  }
}
