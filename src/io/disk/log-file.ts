import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import { quoted } from '../../words/shell-words.ts';
import { codeOf } from '../errors.ts';
import { noDescriptorsLeft } from '../no-descriptors.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';

/**
 * Where the lines of the log go. Nothing here throws. A returned string is a sentence about the
 * destination itself, which the caller logs.
 */
export type LogDestination = {
  /**
   * Writes one line, which includes its line end, at once. Holds a line that can't be written. If
   * 256 KiB are held already, the line is lost and counted.
   */
  write(line: string): string | null;
  /** Whether there is a file of this name, be it the open one or not; true for a descriptor. */
  isThere(): boolean;
  /** Opens the file of this name again, after it was moved away. Does nothing for a descriptor. */
  reopen(): string | null;
  close(): void;
};

/**
 * Logs to an open descriptor, through a writer that others print through too. Does not close the
 * descriptor. Drops lines when no process reads it any more.
 */
export function logToDescriptor(fd: number, lines: LineWriter): LogDestination {
  return {
    write: (line) => lines.write(fd, line),
    isThere: () => true,
    reopen: () => null,
    close: () => lines.flush(fd),
  };
}

/**
 * Logs to a file: appends to it, or makes it with mode 0600. A regular file that would grow past
 * `maxSizeBytes()` is renamed to `PATH.1`, over an existing one, and a new file is begun. A
 * failure is a sentence for the user.
 */
export function openLogFile(path: string, maxSizeBytes: () => number): Result<LogDestination, string> {
  const opened = open(path);
  if (!opened.ok) return opened;
  let file = opened.value;
  const lines = createLineWriter();

  function replace(): string | null {
    const next = open(path);
    if (!next.ok) return next.error;
    closeSync(file.fd);
    file = next.value;
    return null;
  }

  function rotate(): string | null {
    file.sizeBytes = 0; // if the renaming fails, it is tried again after `maxSizeBytes()` more
    try {
      const target = realpathSync(path); // of a link, the target is renamed and the link stays
      if (isOpenAs(file.fd, target)) renameSync(target, `${target}.1`);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        return `the log file ${path} can't be renamed to ${path}.1 (${codeOf(error)}), so it keeps growing`;
    }
    return replace();
  }

  return ok({
    write(line) {
      const bytes = Buffer.from(line);
      const isFull = file.isRegular && file.sizeBytes > 0 && file.sizeBytes + bytes.length > maxSizeBytes();
      const trouble = isFull ? rotate() : null;
      file.sizeBytes += bytes.length;
      return lines.write(file.fd, line) ?? trouble;
    },
    isThere: () => existsSync(path),
    reopen: replace,
    close() {
      lines.flush(file.fd);
      closeSync(file.fd);
    },
  });
}

type OpenLogFile = { readonly fd: number; readonly isRegular: boolean; sizeBytes: number };

function open(path: string): Result<OpenLogFile, string> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  try {
    if (isForeignLink(path))
      return err(`the log file ${path} is a link of another user, who could have it lead to any file; remove it`);
    // O_NONBLOCK: to open a pipe that no process reads is an error, not a wait.
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
    const facts = fstatSync(fd);
    return ok({ fd, isRegular: facts.isFile(), sizeBytes: facts.size });
  } catch (error) {
    return err(`the log file ${path} can't be opened: ${explain(codeOf(error), path)}`);
  }
}

/** Whether the path is a link that belongs neither to this user nor to root. */
function isForeignLink(path: string): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isSymbolicLink() === true && facts.uid !== 0 && facts.uid !== process.geteuid?.();
}

function explain(code: string, path: string): string {
  if (code === 'ENOENT') return `its folder is missing; mkdir -p ${quoted(dirname(path))}`;
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied; name another file with -l FILE';
  if (code === 'EISDIR') return 'it is a directory; name a file in it with -l FILE';
  if (code === 'ENXIO') return 'it is a pipe or socket that no process reads; name a regular file with -l FILE';
  if (code === 'EROFS') return 'the file system is read-only; name another file with -l FILE';
  return noDescriptorsLeft(code) ?? code;
}

function isOpenAs(fd: number, path: string): boolean {
  const here = fstatSync(fd);
  const there = statSync(path);
  return here.ino === there.ino && here.dev === there.dev;
}
