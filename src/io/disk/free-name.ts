import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import { systemCodeOf } from '../errors.ts';

/** Whether a path leads to an entry of any kind, a link that leads nowhere among them. */
export function hasEntry(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Gives a file another name in the same folder if that name is free, and returns whether it was.
 * `link` is the system's call: it makes a second name, and fails with EEXIST if that is taken, in
 * one step. Where it fails with anything else, as on a disk without hard links, the name is looked
 * at first and the file is renamed. Throws the error of the system.
 */
export function moveToFreeName(from: string, to: string, link: (from: string, to: string) => void): boolean {
  try {
    link(from, to);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST' || hasEntry(to)) return false;
    renameSync(from, to);
    return true;
  }
  unlinkSync(from);
  return true;
}
