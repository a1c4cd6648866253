import { type FindFunction, findOr } from './libc-process.ts';

/** A look at a file by one call of `statx`, its links followed. It leaves hardly any garbage. */
export type FileLook = {
  /**
   * Returns owner, mode, inode, size, times and device as text that is for comparing only; null if
   * the path can't be looked at.
   */
  fingerprint(path: string): string | null;
  /**
   * Returns owner, group, mode, inode and device of the entry itself, as text that is for comparing
   * only; null if it can't be looked at. Also the time of the last change of a link, which may be
   * another one on the same inode, and of what its group can write, which may have another access
   * list. Otherwise stays the same when something in a folder is made or removed.
   */
  entry(path: string): string | null;
  /** Returns the size in bytes; null if the path can't be looked at. */
  sizeBytes(path: string): number | null;
};

const workingDirectory = -100; // AT_FDCWD
const notThroughLink = 0x100; // AT_SYMLINK_NOFOLLOW
const wantedFields = 0x3db; // STATX_TYPE, _MODE, _UID, _GID, _MTIME, _CTIME, _INO, _SIZE
// Within struct statx, the same on all machines
const [ownerAt, modeAt, sizeAt, changedAt, writtenAt, deviceAt, endAt] = [20, 28, 40, 96, 112, 136, 144];
const [typeBits, linkType] = [0o170000, 0o120000]; // S_IFMT, S_IFLNK
const [sticky, groupWrites] = [0o1000, 0o020]; // S_ISVTX, S_IWGRP
const structBytes = 512; // longer than struct statx

/** Binds `statx`. Null: the library has none, or the system refuses it. */
export function bindFileLook(find: FindFunction): FileLook | null {
  const facts = Buffer.alloc(structBytes);
  const sizes = new BigUint64Array(facts.buffer, facts.byteOffset + sizeAt, 1);
  const modes = new Uint16Array(facts.buffer, facts.byteOffset + modeAt, 1);
  const statx = findStatx(find, facts);
  if (statx === null) return null;
  const look = (path: string) => statx(workingDirectory, path, 0, wantedFields, facts) === 0;
  return {
    fingerprint(path) {
      if (!look(path)) return null;
      facts.copyWithin(sizeAt + 8, changedAt, endAt); // over blocks and time of the last read, which differ
      return facts.toString('latin1', ownerAt, sizeAt + 8 + endAt - changedAt);
    },
    entry(path) {
      if (statx(workingDirectory, path, notThroughLink, wantedFields, facts) !== 0) return null;
      const mode = modes[0] ?? 0;
      const isTimed = (mode & typeBits) === linkType || (mode & (groupWrites | sticky)) === groupWrites;
      const changed = isTimed ? facts.toString('latin1', changedAt, writtenAt) : '';
      return facts.toString('latin1', ownerAt, sizeAt) + facts.toString('latin1', deviceAt, endAt) + changed;
    },
    sizeBytes: (path) => (look(path) ? Number(sizes[0]) : null),
  };
}

function findStatx(find: FindFunction, facts: Buffer): ReturnType<FindFunction> | null {
  const statx = findOr(find, 'int statx(int, const char *, int, unsigned int, void *)');
  return statx?.(workingDirectory, '/', 0, wantedFields, facts) === 0 ? statx : null;
}
