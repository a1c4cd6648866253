import type { OutputFile, OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { Stdout } from '../model/run.ts';
import type { OutputMemory } from './output-memory.ts';

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

/** Where outputs that are too large for their own 128 KiB of memory are kept. */
export type OutputPlaces = {
  readonly files: Pick<OutputFiles, 'create' | 'remove'>;
  /** Shared by all runs, for outputs that the disk does not take. */
  readonly memory: OutputMemory;
};

const ownBytes = 128 * 1024;

/**
 * Keeps up to `maxBytes`: in memory up to 128 KiB, in a file beyond, so that the memory of an
 * output is bounded. If the file can't be made or written any more, what is in it is read back, and
 * the output continues in memory, as far as `memory` has room.
 */
export function keepStdout(maxBytes: number, places: OutputPlaces): StdoutKeeper {
  return new Keeper(maxBytes, places);
}

/**
 * A class, because there is one a run: as functions over shared variables it would be five
 * objects.
 */
class Keeper implements StdoutKeeper {
  readonly #maxBytes: number;
  readonly #places: OutputPlaces;
  #chunks: Buffer[] = [];
  #file: OutputFile | null = null;
  #keptBytes = 0;
  #droppedBytes = 0;
  /** Why the disk does not take this output, which stays in memory therefore. Null: it does. */
  #diskTrouble: string | null = null;
  /** How much of the shared memory it takes. */
  #sharedBytes = 0;
  #outputLost: string | null = null;

  constructor(maxBytes: number, places: OutputPlaces) {
    this.#maxBytes = maxBytes;
    this.#places = places;
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
    this.#places.memory.giveBack(this.#sharedBytes); // from here on, the pending samples have a bound of their own
    this.#sharedBytes = 0;
    const stdout: Stdout = file
      ? { kind: 'file', name: file.name, sizeBytes: this.#keptBytes }
      : { kind: 'bytes', bytes: joined(this.#chunks) };
    return { stdout, droppedBytes: this.#droppedBytes, outputLost: this.#outputLost };
  }

  /** Keeps all of it. Throws the reason if it can't, also at the next call. */
  #keep(kept: Uint8Array): void {
    const isShort = this.#file === null && this.#keptBytes + kept.length <= ownBytes;
    if (isShort)
      this.#chunks.push(Buffer.from(kept)); // a copy, from Node's pool if it is short
    else if (this.#diskTrouble !== null) this.#keepInMemory(kept, this.#diskTrouble);
    else this.#keepOnDisk(kept);
  }

  #keepOnDisk(kept: Uint8Array): void {
    try {
      this.#file ??= this.#spill();
      this.#file.append(kept);
    } catch (error) {
      const trouble = messageOf(error);
      if (this.#file !== null) this.#readBack(this.#file, trouble);
      this.#diskTrouble = trouble;
      this.#keepInMemory(kept, trouble);
    }
  }

  #keepInMemory(kept: Uint8Array, trouble: string): void {
    this.#share(this.#keptBytes + kept.length, trouble);
    this.#chunks.push(Buffer.from(kept));
  }

  /** Takes as much of the shared memory as an output of this size needs. Throws if it is full. */
  #share(bytes: number, trouble: string): void {
    const more = Math.max(0, bytes - ownBytes - this.#sharedBytes);
    if (!this.#places.memory.take(more))
      throw new Error(`${trouble}; and the memory for outputs that the disk does not take is full`);
    this.#sharedBytes += more;
  }

  /** Moves the output from memory into a file; if that fails, it stays in memory. */
  #spill(): OutputFile {
    const { files } = this.#places;
    const spilled = files.create();
    try {
      for (const chunk of this.#chunks) spilled.append(chunk);
    } catch (error) {
      spilled.close();
      files.remove(spilled.name);
      throw error;
    }
    this.#chunks = [];
    return spilled;
  }

  /** Moves the output from its file into memory; if that fails, it stays in the file. */
  #readBack(file: OutputFile, trouble: string): void {
    this.#share(this.#keptBytes, trouble);
    this.#chunks = [file.readBack()];
    this.#file = null;
    file.close();
    this.#places.files.remove(file.name);
  }
}

/** Joins the chunks; a single one is not copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}
