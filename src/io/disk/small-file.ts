import { closeSync, constants, openSync, writeSync } from 'node:fs';

/**
 * Writes a text over the beginning of a file, which is made with mode 0600 if it is missing. Done
 * in place, a full disk takes it if the file had this length before. Returns whether it was
 * written. Never throws.
 */
export function overwriteBeginning(path: string, text: string): boolean {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      return writeSync(fd, text, 0) === Buffer.byteLength(text);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
