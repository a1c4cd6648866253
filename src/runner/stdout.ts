import type { OutputFile, OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { Stdout } from '../model/run.ts';

/** What one run wrote to standard output: its beginning is kept, the rest only counted. */
export type StdoutKeeper = {
  /** Takes a chunk; the kept part is copied. Never throws. */
  onChunk(chunk: Uint8Array): void;
  /**
   * The kept part, how many bytes came beyond it, and why fewer were kept than allowed: the
   * system's words, or null.
   */
  end(): { readonly stdout: Stdout; readonly droppedBytes: number; readonly outputLost: string | null };
};

const inMemoryBytes = 128 * 1024;
const inMemoryAtMostBytes = 1024 * 1024; // if no file can be made

/**
 * Keeps up to `maxBytes`: in memory up to 128 KiB, in a file beyond, so that the memory of an
 * output is bounded. On a full disk up to 1 MiB stays in memory.
 */
export function keepStdout(maxBytes: number, files: Pick<OutputFiles, 'create' | 'remove'>): StdoutKeeper {
  return new Keeper(maxBytes, files);
}

/**
 * A class, because there is one a run: as functions over shared variables it would be five
 * objects.
 */
class Keeper implements StdoutKeeper {
  readonly #maxBytes: number;
  readonly #files: Pick<OutputFiles, 'create' | 'remove'>;
  #chunks: Buffer[] = [];
  #file: OutputFile | null = null;
  #keptBytes = 0;
  #droppedBytes = 0;
  #mostInMemory = inMemoryBytes;
  #cause = ''; // why no file can be made
  #outputLost: string | null = null;

  constructor(maxBytes: number, files: Pick<OutputFiles, 'create' | 'remove'>) {
    this.#maxBytes = maxBytes;
    this.#files = files;
  }

  onChunk(chunk: Uint8Array): void {
    const room = this.#outputLost === null ? this.#maxBytes - this.#keptBytes : 0;
    const kept = chunk.length <= room ? chunk : chunk.subarray(0, room);
    try {
      if (kept.length > 0) this.#keep(kept);
      this.#keptBytes += kept.length;
      this.#droppedBytes += chunk.length - kept.length;
    } catch (error) {
      this.#outputLost = messageOf(error);
      this.#droppedBytes += chunk.length;
    }
  }

  end(): ReturnType<StdoutKeeper['end']> {
    const file = this.#file;
    file?.close();
    const stdout: Stdout = file
      ? { kind: 'file', name: file.name, sizeBytes: this.#keptBytes }
      : { kind: 'bytes', bytes: joined(this.#chunks) };
    return { stdout, droppedBytes: this.#droppedBytes, outputLost: this.#outputLost };
  }

  #keep(kept: Uint8Array): void {
    if (this.#file === null && this.#keptBytes + kept.length <= this.#mostInMemory) {
      this.#chunks.push(Buffer.from(kept)); // a copy, from Node's pool if it is short
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

  /** Moves the output from memory into a file; if that fails, it stays in memory. */
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

/** Joins the chunks; a single one is not copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}
