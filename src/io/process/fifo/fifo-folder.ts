import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemFiles } from '../../disk/files.ts';
import { type PairName, pathsOf } from './fifo-pair.ts';

/**
 * Returns the path of an agent's folder of FIFOs: in its state directory, or, if `tempDir` is
 * given, a folder in there whose name belongs to this state directory alone.
 */
export function fifoFolder(stateDir: string, tempDir: string | null): string {
  const own = createHash('sha256').update(stateDir).digest('hex').slice(0, 12);
  return tempDir === null ? join(stateDir, 'pipes') : join(tempDir, `instrument_server-${own}`);
}

const fileTimeMs = 2500; // more than the steps in which a file system's times advance

/**
 * The folder that a pool of FIFOs makes its files in. It notices when another process changed the
 * folder, so that the pool looks for missing files only then.
 */
export class FifoFolder {
  readonly #dir: string;
  readonly #name: string;
  readonly #freeNumbers: number[] = [];
  #pairsNamed = 0;
  #changesSeen = 0;
  #ownChangeMs = 0;
  #fingerprint: string | null = null; // null: the next look counts as a change

  /** Makes the folder. Throws if that can't be done. `name` begins the names of all pairs. */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    this.make();
  }

  /**
   * Makes the folder if it is missing, with mode 0700. Throws if it can't be made or is not ours.
   */
  make(): void {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const facts = lstatSync(this.#dir); // where all users may write, another user may have made it first
    if (!facts.isDirectory() || facts.uid !== process.geteuid?.())
      throw new Error(`EACCES: ${this.#dir} belongs to another user, or is a link`);
  }

  /** How many times `isUnchanged` returned false so far. */
  get changesSeen(): number {
    return this.#changesSeen;
  }

  /** To be called when this process has made or removed a file in the folder. */
  noteOwnChange(): void {
    this.#ownChangeMs = performance.now();
  }

  /**
   * Whether no process has changed the folder since the previous call. False if that is unknown.
   */
  isUnchanged(): boolean {
    const fingerprint = systemFiles.fingerprint(this.#dir);
    const isSame = fingerprint !== null && fingerprint === this.#fingerprint;
    // Our own change and that of another process may bear the same time.
    this.#fingerprint = performance.now() - this.#ownChangeMs > fileTimeMs ? fingerprint : null;
    if (!isSame) this.#changesSeen += 1;
    return isSame;
  }

  /**
   * Returns a name for a pair that no file in the folder has: a former agent may have had the same
   * process id, and its scripts may still hold its FIFOs. Numbers of removed pairs come again.
   */
  nextName(): PairName {
    let number = this.#freeNumbers.pop();
    if (number === undefined) {
      this.#pairsNamed += 1;
      number = this.#pairsNamed;
    }
    const path = join(this.#dir, `${this.#name}-${number}`);
    return pathsOf(path).some((one) => existsSync(one)) ? this.nextName() : { number, path };
  }

  /** A pair is removed, and no process holds it. */
  free(number: number): void {
    this.#freeNumbers.push(number);
  }
}
