import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU that an agent has had so far, user and system, in ms: its own process's, that of the processes below it that live on (its helpers), and that of
 * all that have ended below it (plugins). The first two are exact, the last is a sum of figures in steps of 10 ms.
 */
export type AgentCpu = { readonly ownMs: number; readonly helpersMs: number; readonly endedMs: number };

/** Reads it; asked while no plugin runs. */
export function readAgentCpu(pid: number): AgentCpu {
  const helpers = descendants(pid);
  return {
    ownMs: cpuMs(pid),
    helpersMs: sum(helpers.map(cpuMs)),
    endedMs: sum([pid, ...helpers].map(endedChildrenMs)),
  };
}

/** What came about between two readings. */
export function cpuBetween(before: AgentCpu, after: AgentCpu): AgentCpu {
  return {
    ownMs: after.ownMs - before.ownMs,
    helpersMs: after.helpersMs - before.helpersMs,
    endedMs: after.endedMs - before.endedMs,
  };
}

/** CPU of one process, all its threads, in ms; 0: it is gone. */
export function cpuMs(pid: number): number {
  return sum(
    entriesOf(`/proc/${pid}/task`).map(
      (thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1e6,
    ),
  );
}

/** Whether a process that its first thread has started lives. One small file is read for it, so that it can be asked often beside what is being measured. */
export function hasChildren(pid: number): boolean {
  return childrenOf(pid, String(pid)).length > 0;
}

/** All living processes below this one. */
export function descendants(pid: number): number[] {
  const children = entriesOf(`/proc/${pid}/task`).flatMap((thread) => childrenOf(pid, thread));
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number, thread: string): number[] {
  return read(`/proc/${pid}/task/${thread}/children`)
    .split(' ')
    .filter((word) => word.trim() !== '')
    .map(Number);
}

/** Resident memory in MiB, now and at most so far. */
export function readMemory(pid: number): { readonly rssMiB: number; readonly peakMiB: number } {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rssMiB: field('VmRSS'), peakMiB: field('VmHWM') };
}

function endedChildrenMs(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 10;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone meanwhile
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
