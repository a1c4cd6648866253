import type { OutputFile, OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
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
export function keepStdout(maxBytes: number, files: Pick<OutputFiles, 'create' | 'remove'>): StdoutKeeper {
  return new Keeper(maxBytes, files);
}

/** A class, for there is one a run: as functions over shared variables it would be five objects. */
class Keeper implements StdoutKeeper {
  readonly #maxBytes: number;
  readonly #files: Pick<OutputFiles, 'create' | 'remove'>;
  #chunks: Buffer[] = [];
  #file: OutputFile | null = null;
  #keptBytes = 0;
  #droppedBytes = 0;
  #mostInMemory = inMemoryBytes;
  #cause = ''; // why nothing goes into a file
  #failure: string | null = null;

  constructor(maxBytes: number, files: Pick<OutputFiles, 'create' | 'remove'>) {
    this.#maxBytes = maxBytes;
    this.#files = files;
  }

  onChunk(chunk: Uint8Array): void {
    const room = this.#failure === null ? this.#maxBytes - this.#keptBytes : 0;
    const kept = chunk.length <= room ? chunk : chunk.subarray(0, room);
    try {
      if (kept.length > 0) this.#keep(kept);
      this.#keptBytes += kept.length;
      this.#droppedBytes += chunk.length - kept.length;
    } catch (error) {
      this.#failure = messageOf(error);
      this.#droppedBytes += chunk.length;
    }
  }

  end(): ReturnType<StdoutKeeper['end']> {
    const file = this.#file;
    file?.close();
    const stdout: Stdout = file
      ? { kind: 'file', name: file.name, sizeBytes: this.#keptBytes }
      : { kind: 'bytes', bytes: joined(this.#chunks) };
    return { stdout, droppedBytes: this.#droppedBytes, failure: this.#failure };
  }

  #keep(kept: Uint8Array): void {
    if (this.#file === null && this.#keptBytes + kept.length <= this.#mostInMemory) {
      this.#chunks.push(Buffer.from(kept)); // a copy, of Node's pool where it is short
      return;
    }
    if (this.#file === null && this.#mostInMemory === inMemoryAtMostBytes) throw new Error(this.#cause);
    try {
      this.#file ??= this.#spill();
      this.#file.append(kept);
    } catch (error) {
      if (this.#file !== null) throw error;
      this.#cause = messageOf(error);
      this.#mostInMemory = inMemoryAtMostBytes;
      this.#keep(kept);
    }
  }

  /** From memory into a file; what can't go there stays where it is. */
  #spill(): OutputFile {
    const spilled = this.#files.create();
    try {
      for (const chunk of this.#chunks) spilled.append(chunk);
    } catch (error) {
      spilled.close();
      this.#files.remove(spilled.name);
      throw error;
    }
    this.#chunks = [];
    return spilled;
  }
}

/** All of them in one; a single one as it is. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}
