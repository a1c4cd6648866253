/** What one run wrote to standard output: its beginning is kept, the rest only counted. */
export type StdoutKeeper = {
  onChunk(chunk: Uint8Array): void;
  /** What was kept, and how many bytes more there were. */
  end(): { readonly kept: Uint8Array; readonly droppedBytes: number };
};

const largeBytes = 1024 * 1024;

/** Keeps up to `maxBytes`, in one buffer that grows by doubling while it is small and then to the whole (untouched memory costs nothing). */
export function keepStdout(maxBytes: number): StdoutKeeper {
  let buffer = new Uint8Array(0);
  let keptBytes = 0;
  let droppedBytes = 0;
  return {
    onChunk(chunk) {
      const kept = chunk.subarray(0, maxBytes - keptBytes);
      droppedBytes += chunk.length - kept.length;
      if (kept.length === 0) return;
      if (keptBytes + kept.length > buffer.length) {
        const wanted = Math.max(keptBytes + kept.length, 2 * buffer.length);
        const larger = new Uint8Array(wanted > largeBytes ? maxBytes : Math.min(wanted, maxBytes));
        larger.set(buffer.subarray(0, keptBytes));
        buffer = larger;
      }
      buffer.set(kept, keptBytes);
      keptBytes += kept.length;
    },
    end: () => ({ kept: buffer.subarray(0, keptBytes), droppedBytes }),
  };
}
