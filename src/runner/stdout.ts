/** What one run wrote to standard output: its beginning is kept, the rest only counted. */
export type StdoutKeeper = {
  onChunk(chunk: Uint8Array): void;
  /** What was kept, and how many bytes more there were. */
  end(): { readonly kept: Uint8Array; readonly droppedBytes: number };
};

/** Keeps up to `maxBytes`. */
export function keepStdout(maxBytes: number): StdoutKeeper {
  const chunks: Uint8Array[] = [];
  let keptBytes = 0;
  let droppedBytes = 0;
  return {
    onChunk(chunk) {
      const kept = chunk.subarray(0, maxBytes - keptBytes);
      if (kept.length > 0) chunks.push(kept);
      keptBytes += kept.length;
      droppedBytes += chunk.length - kept.length;
    },
    end: () => ({ kept: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks), droppedBytes }),
  };
}
