import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { type FileFailure, fileFailure } from './file-failure.ts';

/** One step on the way to a path: an entry, and the folder that it was looked up in. */
export type PathStep = {
  /** The folder, without links. */
  readonly folder: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /**
   * The name of the entry in that folder: another folder, a link, or the end of the path. Empty:
   * the step is of what is at the end of the path, a folder or a file.
   */
  readonly entry: string;
  /** The owner of the entry itself; of a link, not of its target. */
  readonly entryUid: number;
  readonly isLink: boolean;
};

const mostLinks = 40; // as many as Linux follows

/**
 * Returns how the system finds an absolute path: from `/` downwards, through every link. A user who
 * can write a folder on the way can have the path lead elsewhere. With `isInto`, what is at its
 * end has a step of its own. Costs a look at each entry. Never throws.
 */
export function pathSteps(path: string, isInto = false): readonly PathStep[] | FileFailure {
  try {
    return stepsTo(path, isInto);
  } catch (error) {
    return fileFailure(error);
  }
}

function stepsTo(path: string, isInto: boolean): readonly PathStep[] | FileFailure {
  const steps: PathStep[] = [];
  const ahead = partsOf(path).reverse();
  let passed: { readonly path: string; readonly stats: Stats }[] = [rootFolder()];
  let links = 0;
  for (let entry = ahead.pop(); entry !== undefined; entry = ahead.pop()) {
    if (entry === '..') {
      if (passed.length > 1) passed.pop();
      continue;
    }
    const at = passed.at(-1) ?? rootFolder();
    const entryPath = at.path === '/' ? `/${entry}` : `${at.path}/${entry}`;
    const stats = lstatSync(entryPath);
    const isLink = stats.isSymbolicLink();
    const { mode, uid, gid } = at.stats;
    steps.push({ folder: at.path, mode: mode & 0o7777, uid, gid, entry, entryUid: stats.uid, isLink });
    if (!isLink) {
      passed.push({ path: entryPath, stats });
      continue;
    }
    links += 1;
    if (links > mostLinks) return { kind: 'failed', code: 'ELOOP' };
    const target = readlinkSync(entryPath);
    if (target.startsWith('/')) passed = [rootFolder()];
    ahead.push(...partsOf(target).reverse());
  }
  const end = passed.at(-1);
  if (!isInto || end === undefined) return steps;
  const { uid, gid } = end.stats;
  const mode = end.stats.mode & (end.stats.isDirectory() ? 0o7777 : 0o6777); // a sticky file is no shared folder
  return [...steps, { folder: end.path, mode, uid, gid, entry: '', entryUid: uid, isLink: false }];
}

function rootFolder() {
  return { path: '/', stats: lstatSync('/') };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
