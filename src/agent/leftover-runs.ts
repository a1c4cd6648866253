import { fifoHolders } from '../io/process/fifo/fifo-holders.ts';
import { pluginFile } from '../model/plugin.ts';
import type { RecordedRun } from '../model/run.ts';

/**
 * Finds runs that a former agent began and that are still running, without its records: a run that
 * began right before a `kill -9` has none, and the records may have been removed. A run is known by
 * the script's path on its command line: a script that has called `exec` is not found. `pipeDir` is
 * the agent's folder for pipes, `location` its plugin directory. Never throws.
 */
export function leftoverRuns(pipeDir: string, location: string, nowMs: number): readonly RecordedRun[] {
  const prefix = `${location}/`;
  return fifoHolders(pipeDir).flatMap(({ process, words }) => {
    const path = words.find((word) => word.startsWith(prefix));
    return path === undefined ? [] : [{ file: pluginFile(path.slice(prefix.length)), startedMs: nowMs, process }];
  });
}
