import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU that an agent has used so far, user and system, in ms: that of its own process, of its
 * living child processes (its helpers), and of all child processes that have ended (plugins). The
 * first two are exact, the last is a sum of figures in steps of 10 ms.
 */
export type AgentCpu = { readonly ownMs: number; readonly helpersMs: number; readonly endedMs: number };

/** Reads the CPU of an agent. Call it while no plugin runs. */
export function readAgentCpu(pid: number): AgentCpu {
  const helpers = descendants(pid);
  return {
    ownMs: cpuMs(pid),
    helpersMs: sum(helpers.map(cpuMs)),
    endedMs: sum([pid, ...helpers].map(endedChildrenMs)),
  };
}

/** The difference between two readings. */
export function cpuBetween(before: AgentCpu, after: AgentCpu): AgentCpu {
  return {
    ownMs: after.ownMs - before.ownMs,
    helpersMs: after.helpersMs - before.helpersMs,
    endedMs: after.endedMs - before.endedMs,
  };
}

/** CPU of one process with all its threads, in ms; 0: it has ended. */
export function cpuMs(pid: number): number {
  return sum(
    entriesOf(`/proc/${pid}/task`).map(
      (thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1e6,
    ),
  );
}

/**
 * Whether a child process of its first thread is alive. Reads one small file only, so that it can
 * be called often during a measurement.
 */
export function hasChildren(pid: number): boolean {
  return childrenOf(pid, String(pid)).length > 0;
}

/** All living descendants of this process. */
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

/** Resident memory in MiB: now, and the largest so far. */
export function readProcessMemory(pid: number): { readonly rssMiB: number; readonly peakMiB: number } {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rssMiB: field('VmRSS'), peakMiB: field('VmHWM') };
}

/** Memory in MiB that is the process's own, and not of a file: heap, stacks, compiled code. */
export function readAnonymousMiB(pid: number): number {
  return Number(/^Anonymous:\s*(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? Number.NaN) / 1024;
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
    return ''; // the process has ended meanwhile
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
