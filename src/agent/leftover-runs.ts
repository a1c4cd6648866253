import type { PluginSections } from '../config/plugin-settings.ts';
import { fifoHolders, isSessionLeader, startedAtUptimeS } from '../io/process/fifo/fifo-holders.ts';
import { fileHash, hostUptimeS, type RunRecord, readRunRecords } from '../io/process/fifo/run-records.ts';
import { processes } from '../io/process/identity.ts';
import type { FormerPair } from '../io/process/launch/launcher.ts';
import { namesIn, pidsInProc, procText } from '../io/process/proc.ts';
import { commandFile, directoryFile, type PluginFile, pluginFile } from '../model/plugin.ts';
import type { RecordedRun } from '../model/run.ts';
import { identityVariable } from '../runner/invocation.ts';

/**
 * What former agents left running. `runs`: runs that the database may not name, because they began
 * right before a `kill -9`, or it was removed. `left`: pairs of FIFOs that processes hold after
 * their run. `stale`: files of records that name neither.
 */
export type FormerRuns = {
  readonly runs: readonly RecordedRun[];
  readonly left: readonly FormerPair[];
  readonly stale: readonly string[];
};

const nearS = 1; // between the start of a process and its record

/**
 * Finds them by the records in `pipeDir`, the agent's folder for pipes, and by the processes that
 * hold FIFOs of that folder. So a script is found whatever it has executed since. Where the
 * records are gone, it is known by its command line, on which the path of a script in a directory
 * of this configuration stands, or a command of it. Finds nothing on systems without `/proc`. Never
 * throws.
 */
export function formerRuns(pipeDir: string, config: PluginSections, nowMs: number): FormerRuns {
  const holders = new Map<string, readonly number[]>();
  for (const { prefix, pid } of fifoHolders(pipeDir)) holders.set(prefix, [...(holders.get(prefix) ?? []), pid]);
  const runs: RecordedRun[] = [];
  const left: FormerPair[] = [];
  const stale: string[] = [];
  const files = readRunRecords(pipeDir);
  const leaders = leadersBeside(files.flatMap(({ records }) => records));
  for (const { path, pid, records } of files) {
    let isNeeded = processes.identify(pid) !== null;
    for (const found of records) {
      const record = { ...found, file: identityOf(found, config) };
      const pids = holders.get(record.prefix) ?? [];
      holders.delete(record.prefix);
      const running = record.hasEnded ? null : (processOf(record, pids) ?? unnamed(record, config, leaders));
      const process = running && processes.identify(running);
      if (process) runs.push({ file: pluginFile(record.file), startedMs: startedMs(record, nowMs), process });
      else if (pids.length > 0) left.push({ file: record.file, prefix: record.prefix, pids });
      isNeeded ||= pids.length > 0 || process !== null;
    }
    if (!isNeeded) stale.push(path);
  }
  return { runs: [...runs, ...byCommandLine([...holders.values()].flat(), config, nowMs)], left, stale };
}

/**
 * The identity of the plugin in a record. Of a long one, the record has the beginning: what it
 * begins is looked for in this configuration. One that is not there stands for no plugin.
 */
function identityOf({ file, wholeHash }: RunRecord, { directories, plugins }: PluginSections): string {
  if (wholeHash === undefined) return file;
  const commands = [...plugins.keys()].map(commandFile);
  const entries = [...directories].flatMap(([name, { path }]) =>
    (namesIn(path) ?? []).map((entry) => directoryFile(name, entry)),
  );
  return [...commands, ...entries].find((one) => fileHash(one) === wholeHash) ?? `${file}… (${wholeHash})`;
}

/** The process of a run that is still running; null: it has ended. */
function processOf({ pid, startedS }: RunRecord, holders: readonly number[]): number | null {
  if (pid === 0) return holders.find(isSessionLeader) ?? null;
  if (!isSessionLeader(pid)) return null;
  const isNear = Math.abs((startedAtUptimeS(pid) ?? Number.NaN) - startedS) < nearS;
  return isNear || holders.includes(pid) ? pid : null; // it may write elsewhere by now
}

/**
 * The process of a script that was being started when the agent ended, and that does not write to
 * its FIFOs any more: a session leader that is as old as the record, has the environment of that
 * command or of a plugin in that directory, and is in no record.
 */
function unnamed(
  { pid, startedS, file }: RunRecord,
  config: PluginSections,
  leaders: () => readonly Leader[],
): number | null {
  if (pid !== 0) return null;
  const sign = signIn(file, config);
  const isOfRun = ({ pid: leader, atS }: Leader) =>
    atS > startedS - nearS && atS < startedS + 2 * nearS && hasVariable(leader, sign);
  return leaders().find(isOfRun)?.pid ?? null;
}

/** A process that leads a session, and the uptime at which it was started. */
type Leader = { readonly pid: number; readonly atS: number };

/** Session leaders that no record names. Found at the first call, and only then. */
function leadersBeside(records: readonly RunRecord[]): () => readonly Leader[] {
  let found: readonly Leader[] | null = null;
  return () => {
    const known = new Set(records.map(({ pid }) => pid));
    found ??= pidsInProc().flatMap((one) => {
      const pid = Number(one);
      if (known.has(pid) || !isSessionLeader(pid)) return [];
      return [{ pid, atS: startedAtUptimeS(pid) ?? Number.NaN }];
    });
    return found;
  };
}

/** What the environment of a plugin of this identity has, and that of no other program. */
function signIn(file: string, { scripts, directories }: PluginSections): string {
  const slash = file.indexOf('/');
  const directory = slash < 0 ? scripts.location : directories.get(file.slice(0, slash))?.path;
  return directory === undefined ? `${identityVariable}=${file}` : `PWD=${directory}`;
}

function hasVariable(pid: number, variable: string): boolean {
  return procText(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
}

function startedMs({ startedS }: RunRecord, nowMs: number): number {
  return Math.round(nowMs - Math.max(0, hostUptimeS() - startedS) * 1000);
}

function byCommandLine(pids: readonly number[], config: PluginSections, nowMs: number): readonly RecordedRun[] {
  return [...new Set(pids)].filter(isSessionLeader).flatMap((pid) => {
    const file = fileOn(procText(`/proc/${pid}/cmdline`, 'utf8').split('\0'), config);
    const process = processes.identify(pid);
    return file === null || process === null ? [] : [{ file, startedMs: nowMs, process }];
  });
}

/** The plugin whose script, or whose command, stands on a command line; null: none does. */
function fileOn(words: readonly string[], { scripts, directories, plugins }: PluginSections): PluginFile | null {
  const entryIn = (dir: string) => words.find((word) => word.startsWith(`${dir}/`))?.slice(dir.length + 1);
  const own = entryIn(scripts.location);
  if (own !== undefined) return pluginFile(own);
  const line = words.join('\0');
  for (const [name, { command }] of plugins)
    if (command !== null && `\0${line}`.includes(`\0${command.join('\0')}\0`)) return commandFile(name);
  for (const [name, { path }] of directories) {
    const entry = entryIn(path);
    if (entry !== undefined && !entry.includes('/')) return directoryFile(name, entry);
  }
  return null;
}
