import type { KeptFile, KeptFiles } from '../io/kept-files.ts';
import type { Stdout } from '../model/run.ts';

/** What one run wrote to standard output: its beginning is kept, the rest only counted. */
export type StdoutKeeper = {
  /** Takes a chunk; what is kept of it is copied. Never throws. */
  onChunk(chunk: Uint8Array): void;
  /** What was kept, how many bytes more there were, and why fewer were kept than allowed: the system's words, or null. */
  end(): { readonly stdout: Stdout; readonly droppedBytes: number; readonly failure: string | null };
};

const inMemoryBytes = 128 * 1024;
const inMemoryAtMostBytes = 1024 * 1024; // where no file can be made

/** Keeps up to `maxBytes`: in memory while that is little, in a file beyond, so that no output costs more memory than this. On a full disk, up to 1 MiB in memory. */
export function keepStdout(maxBytes: number, files: Pick<KeptFiles, 'create' | 'remove'>): StdoutKeeper {
  let chunks: Buffer[] = [];
  let file: KeptFile | null = null;
  let keptBytes = 0;
  let droppedBytes = 0;
  let mostInMemory = inMemoryBytes;
  let cause = ''; // why nothing goes into a file
  let failure: string | null = null;

  function keep(kept: Uint8Array): void {
    if (file === null && keptBytes + kept.length <= mostInMemory) {
      chunks.push(Buffer.from(kept)); // a copy, of Node's pool where it is short
      return;
    }
    if (file === null && mostInMemory === inMemoryAtMostBytes) throw new Error(cause);
    try {
      file ??= spill();
      file.append(kept);
    } catch (error) {
      if (file !== null) throw error;
      cause = error instanceof Error ? error.message : String(error);
      mostInMemory = inMemoryAtMostBytes;
      keep(kept);
    }
  }

  /** From memory into a file; what can't go there stays where it is. */
  function spill(): KeptFile {
    const spilled = files.create();
    try {
      for (const chunk of chunks) spilled.append(chunk);
    } catch (error) {
      spilled.close();
      files.remove(spilled.name);
      throw error;
    }
    chunks = [];
    return spilled;
  }

  return {
    onChunk(chunk) {
      const kept = failure === null ? chunk.subarray(0, maxBytes - keptBytes) : chunk.subarray(0, 0);
      try {
        if (kept.length > 0) keep(kept);
        keptBytes += kept.length;
        droppedBytes += chunk.length - kept.length;
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
        droppedBytes += chunk.length;
      }
    },
    end() {
      file?.close();
      if (file) return { stdout: { kind: 'file', name: file.name, sizeBytes: keptBytes }, droppedBytes, failure };
      return { stdout: { kind: 'bytes', bytes: joined(chunks) }, droppedBytes, failure };
    },
  };
}

/** All of them in one; a single one as it is. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}
