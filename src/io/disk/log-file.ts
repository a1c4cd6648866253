import { closeSync, constants, fstatSync, openSync, realpathSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import { quoted } from '../../words/shell-words.ts';
import { codeOf } from '../errors.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';

/**
 * Where the lines of the log go. Nothing here throws. Where a `string` comes back, it is a sentence about the destination itself
 * that wants to be logged.
 */
export type LogDestination = {
  /** Writes one line, its end included, at once. A line that can't be written is held, and past 256 KiB of those it is lost and counted. */
  write(line: string): string | null;
  /** Opens the file of this name anew, after someone moved it away. Does nothing for a descriptor. */
  reopen(): string | null;
  close(): void;
};

/** Logs to a descriptor that is open already, through the writer that others print through. It is not closed. When its reader goes away, lines go nowhere. */
export function logToDescriptor(fd: number, lines: LineWriter): LogDestination {
  return { write: (line) => lines.write(fd, line), reopen: () => null, close: () => lines.flush(fd) };
}

/**
 * Logs to a file, made with mode 0600 when missing, appended to when not. A regular file that would grow past `maxSizeBytes()` is
 * renamed to `PATH.1`, over the former one, and begun anew. What comes back on failure is a sentence for the user.
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

  function putAside(): string | null {
    file.sizeBytes = 0; // should it fail, it is tried again after as many bytes more
    try {
      const target = realpathSync(path); // a link stays where it is, its target is renamed
      if (isOpenAs(file.fd, target)) renameSync(target, `${target}.1`);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        return `the log file ${path} can't be renamed to ${path}.1 (${codeOf(error)}), so it goes on growing`;
    }
    return replace();
  }

  return ok({
    write(line) {
      const bytes = Buffer.from(line);
      const isFull = file.isRegular && file.sizeBytes > 0 && file.sizeBytes + bytes.length > maxSizeBytes();
      const trouble = isFull ? putAside() : null;
      file.sizeBytes += bytes.length;
      return lines.write(file.fd, line) ?? trouble;
    },
    reopen: replace,
    close() {
      lines.flush(file.fd);
      closeSync(file.fd);
    },
  });
}

type OpenFile = { readonly fd: number; readonly isRegular: boolean; sizeBytes: number };

function open(path: string): Result<OpenFile, string> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600); // O_NONBLOCK: a pipe nobody reads is an error, not a wait
    const facts = fstatSync(fd);
    return ok({ fd, isRegular: facts.isFile(), sizeBytes: facts.size });
  } catch (error) {
    return err(`the log file ${path} can't be opened: ${explain(codeOf(error), path)}`);
  }
}

function explain(code: string, path: string): string {
  if (code === 'ENOENT') return `its folder is missing; mkdir -p ${quoted(dirname(path))}`;
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied; name another file with -l FILE';
  if (code === 'EISDIR') return 'it is a directory; name a file in it with -l FILE';
  if (code === 'ENXIO') return 'it is a pipe or socket that nobody reads; name a regular file with -l FILE';
  if (code === 'EROFS') return 'the file system is read-only; name another file with -l FILE';
  return code;
}

function isOpenAs(fd: number, path: string): boolean {
  const here = fstatSync(fd);
  const there = statSync(path);
  return here.ino === there.ino && here.dev === there.dev;
}
