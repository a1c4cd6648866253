import type { FindFunction } from './libc-process.ts';

/** What a child has used: CPU in seconds, user and system, and `ru_maxrss` in bytes. */
export type ChildUsage = { readonly cpuS: number; readonly maxRssBytes: number };

/** How ended children are collected by the C library. Nothing here throws. */
export type LibcWait = {
  /**
   * Returns the process id of a child that has ended and was not collected; 0 if there is none; -1
   * if this process has no children at all.
   */
  ended(): number;
  /**
   * Collects a child that has ended. Returns its status as `wait` has it; null if it is alive; -1
   * if it is not a child of this process.
   */
  collect(pid: number): number | null;
  /** What the child has used that was collected last, with the children that it waited for. */
  usage(): ChildUsage;
};

const [allChildren, exitedNow, leaveIt, doNotWait] = [0, 4, 0x1000000, 1]; // P_ALL, WEXITED, WNOWAIT, WNOHANG
const structBytes = 512; // each of the C library's structures is smaller

/** Binds these functions. Throws if the library lacks one. */
export function bindWait(find: FindFunction, has64Bits: boolean): LibcWait {
  const waitid = find('int waitid(int, unsigned int, void *, int)');
  const wait4 = find('int wait4(int, void *, int, void *)');
  const information = new Int32Array(structBytes / 4);
  const pidAt = has64Bits ? 4 : 3; // si_pid, behind three numbers that are aligned like a pointer
  const status = new Int32Array(1);
  // struct rusage: ru_utime and ru_stime, each seconds and microseconds, then ru_maxrss in KiB.
  // Each is a long; its lower half is enough. (With 32 bits `wait4` is the function of
  // before 64-bit times, in all libraries.)
  const used = new Uint32Array(structBytes / 4);
  const long = has64Bits ? 2 : 1;
  const field = (index: number) => used[index * long] ?? 0;
  return {
    ended() {
      information[pidAt] = 0;
      const result = waitid(allChildren, 0, information, exitedNow | leaveIt | doNotWait);
      return result === 0 ? (information[pidAt] ?? 0) : -1;
    },
    collect(pid) {
      const result = wait4(pid, status, doNotWait, used);
      return result === 0 ? null : result === pid ? (status[0] ?? 0) : -1;
    },
    usage: () => ({
      cpuS: ((field(0) + field(2)) * 1e6 + field(1) + field(3)) / 1e6,
      maxRssBytes: field(4) * 1024,
    }),
  };
}
