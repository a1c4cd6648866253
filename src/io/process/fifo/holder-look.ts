import { pidsInProc } from '../proc.ts';
import { allFifosOf, outputFifosOf, realDirectory } from './fifo-holders.ts';

/** The processes that hold a pair. `writesOnly`: one of them does not read the FIFO as well. */
export type PairHolders = { readonly pids: readonly number[]; readonly writesOnly: boolean };

type Found = Map<string, { pids: number[]; writesOnly: boolean }>;

const aStep = 100; // processes
const mostStepMs = 8;

/**
 * A look at all processes for those that hold pairs of FIFOs: at their stdout and stderr first,
 * then, for the pairs that no process was found for, at all their descriptors. A hundred processes
 * at a time: between two steps, the event loop is free. Nothing here throws.
 */
export class HolderLook {
  readonly #dir: string;
  #found: Found = new Map();
  #isUnderWay = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** What was found, by the beginning of the FIFOs' names. */
  result(): ReadonlyMap<string, PairHolders> {
    return this.#found;
  }

  /**
   * Looks for the holders of these pairs, then calls back with them and with the time that the
   * look took of this thread. Does nothing while another look is under way.
   */
  begin(
    prefixes: ReadonlySet<string>,
    done: (byPrefix: ReadonlyMap<string, PairHolders>, tookMs: number) => void,
  ): void {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#found = new Map();
    let tookMs = 0;
    const pids = pidsInProc();
    const dir = realDirectory(this.#dir);
    const walk = (from: number, isWhole: boolean) => {
      const beganMs = performance.now();
      let next = from;
      for (; next < pids.length && next < from + aStep; next += 1) {
        if (performance.now() - beganMs > mostStepMs) break;
        this.#note(pids[next] ?? '', dir, prefixes, isWhole);
      }
      tookMs += performance.now() - beganMs;
      if (next < pids.length) return void setImmediate(walk, next, isWhole);
      const isMissing = [...prefixes].some((prefix) => !this.#found.has(prefix));
      if (isMissing && !isWhole && pids.length > 0) return void setImmediate(walk, 0, true);
      this.#isUnderWay = false;
      done(this.#found, tookMs);
    };
    walk(0, false);
  }

  #note(pid: string, dir: string, prefixes: ReadonlySet<string>, isWhole: boolean): void {
    const fifos = isWhole ? allFifosOf(pid, dir) : outputFifosOf(pid, dir);
    for (const { prefix, pid: holder, writesOnly } of fifos) {
      if (!prefixes.has(prefix)) continue;
      const known = this.#found.get(prefix) ?? { pids: [], writesOnly: false };
      if (!known.pids.includes(holder)) known.pids.push(holder);
      known.writesOnly ||= writesOnly;
      this.#found.set(prefix, known);
    }
  }
}
