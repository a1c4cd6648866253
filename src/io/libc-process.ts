import { constants } from 'node:os';

/** Finds a function of the C library by its declaration in C. Throws if there is none. */
export type FindFunction = (declaration: string) => (...args: readonly unknown[]) => number;

/** Finds a function likewise. Null: the library lacks it. */
export function findOr(find: FindFunction, declaration: string): ReturnType<FindFunction> | null {
  try {
    return find(declaration);
  } catch {
    return null;
  }
}

/** What an agent asks of the C library for itself, beside starting plugins. Nothing here throws. */
export type LibcProcess = {
  /**
   * Closes `/proc/PID/fd`, `mem` and `environ` of this process, and `ptrace`, to its own user. Root
   * still gets in. Programs that it starts are not affected. Returns whether it succeeded.
   */
  forbidInspection(): boolean;
  /**
   * Sends one datagram to a Unix socket, and does not wait: the path of a file, or a name that
   * begins with `@`. Returns 0, or the negative number of an error.
   */
  sendDatagram(address: string, text: string): number;
  /**
   * Takes pages out of this process's memory. They are read from their file again when they are
   * needed, so they must not have been changed. Returns whether it succeeded.
   */
  dropPages(address: bigint, bytes: bigint): boolean;
  /** Gives memory that was freed back to the system, where the library can. */
  trim(): void;
  /**
   * Has all threads that begin from now on share one pool of memory, where the library gives each
   * its own.
   */
  shareArena(): void;
  /** Ends this process at once: no thread is waited for, and nothing else is done. */
  endNow(status: number): void;
};

const setDumpable = 4; // PR_SET_DUMPABLE
const [unixFamily, pathBytes] = [1, 108]; // AF_UNIX, the room for a name in sockaddr_un
const datagramSocket = 0x80802; // SOCK_DGRAM, SOCK_CLOEXEC, SOCK_NONBLOCK: the same on x86 and ARM
const noSignal = 0x4000; // MSG_NOSIGNAL
const dontNeed = 4; // MADV_DONTNEED
const mostArenas = -8; // M_ARENA_MAX

/**
 * Binds these functions. `errno` gives the number of the last error. Throws if the library lacks a
 * function.
 */
export function bindProcess(find: FindFunction, errno: () => number): LibcProcess {
  const prctl = find('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  const socket = find('int socket(int, int, int)');
  const sendto = find('long sendto(int, const void *, size_t, int, const void *, unsigned int)');
  const close = find('int close(int)');
  const madvise = find('int madvise(uint64_t, uint64_t, int)');
  const trim = findTrim(find);
  const exit = find('void _exit(int)');
  return {
    endNow: (status) => void exit(status),
    forbidInspection: () => prctl(setDumpable, 0, 0, 0, 0) === 0,
    sendDatagram(address, text) {
      const [to, bytes] = [socketAddress(address), Buffer.from(text)];
      if (to === null) return -constants.errno.ENAMETOOLONG;
      const fd = socket(unixFamily, datagramSocket, 0);
      if (fd < 0) return -errno();
      const failed = Number(sendto(fd, bytes, bytes.length, noSignal, to, to.length)) < 0 ? errno() : 0;
      close(fd);
      return -failed;
    },
    dropPages: (address, bytes) => madvise(address, bytes, dontNeed) === 0,
    trim,
    shareArena: findShareArena(find),
  };
}

/** glibc alone has it. */
function findTrim(find: FindFunction): () => void {
  const trim = findOr(find, 'int malloc_trim(size_t)');
  return () => void trim?.(0);
}

/** glibc alone has it. */
function findShareArena(find: FindFunction): () => void {
  const mallopt = findOr(find, 'int mallopt(int, int)');
  return () => void mallopt?.(mostArenas, 1);
}

/** A `sockaddr_un`; null: the name is too long. */
function socketAddress(address: string): Buffer | null {
  const isAbstract = address.startsWith('@');
  const name = Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`);
  const family = Buffer.from(Uint16Array.of(unixFamily).buffer);
  return name.length > pathBytes ? null : Buffer.concat([family, name]);
}
