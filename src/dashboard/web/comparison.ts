import type { Sparkline } from '../../model/metric.ts';
import { fetchAnswer } from './answers.ts';
import { mostChanged } from './most-changed.ts';
import { ofOneRequest } from './sparkline-request.ts';

const mostRequests = 4; // from one tick to the next
const mostLooks = 3; // a plugin that just reported may have no sample in the history yet; the history may be off

/** Finds the plugins whose lines changed most. */
export type Comparison = {
  /**
   * Compares plugins that were not compared yet, as far as requests are allowed. Resolves with the
   * lines that changed most, the most changed first, once all plugins were compared; else with
   * none. A line is returned once only.
   */
  best(): Promise<readonly Sparkline[]>;
  /** Allows more requests. To be called after each tick. */
  allowRequests(): void;
  /** Does not compare these files any more, until it is called with others. */
  leaveOut(files: readonly string[]): void;
  /** Begins again with all plugins. */
  begin(): void;
};

/** How often a plugin's line was asked for, and after which report of the plugin the last time. */
type LineLook = { readonly times: number; readonly reportAtS: number };

/**
 * Makes a comparison of the plugins in `reports`: by file, when each reported last. Finds at most
 * `most` lines, and none whose metric `isUnwanted`.
 */
export function createComparison(
  reports: ReadonlyMap<string, number>,
  isUnwanted: (metric: string) => boolean,
  most: number,
): Comparison {
  const looks = new Map<string, LineLook>(); // by file
  let found: readonly Sparkline[] = []; // the most changed of those that were compared
  let leftOut: ReadonlySet<string> = new Set();
  let requestsLeft = 0;

  /** The files to look at next. */
  function unlooked(): readonly string[] {
    for (const file of [...looks.keys()]) if (!reports.has(file)) looks.delete(file);
    const all = [...reports].filter(([file, atS]) => !leftOut.has(file) && isWorthALook(looks.get(file), atS));
    return ofOneRequest(
      all.map(([file]) => file),
      (file) => file,
    );
  }

  function wanted(lines: readonly Sparkline[]): readonly Sparkline[] {
    return lines.filter(({ file, metric }) => reports.has(file) && !leftOut.has(file) && !isUnwanted(metric));
  }

  async function look(files: readonly string[]): Promise<void> {
    const asked = files.map((file) => ({ file, reportAtS: reports.get(file) ?? 0 }));
    const answer = await fetchAnswer<readonly Sparkline[]>('/sparklines.json', { names: files.join('/') });
    const lines = answer.ok ? answer.value : [];
    for (const { file, reportAtS } of asked) {
      const isFound = lines.some((line) => line.file === file);
      looks.set(file, { times: isFound ? mostLooks : (looks.get(file)?.times ?? 0) + 1, reportAtS });
    }
    found = mostChanged(wanted([...found, ...lines]), most);
  }

  return {
    async best() {
      for (let asked = unlooked(); asked.length > 0; asked = unlooked()) {
        if (requestsLeft === 0) return [];
        requestsLeft -= 1;
        await look(asked);
      }
      const best = wanted(found);
      found = [];
      return best;
    },
    allowRequests() {
      requestsLeft = mostRequests;
    },
    leaveOut(files) {
      leftOut = new Set(files);
    },
    begin: () => looks.clear(),
  };
}

function isWorthALook(look: LineLook | undefined, reportAtS: number): boolean {
  return look === undefined || (look.times < mostLooks && look.reportAtS !== reportAtS);
}
