import { join } from 'node:path';
import type { Files } from '../io/disk/files.ts';
import { type ConfigPaths, dropInsAmong, type Source } from './source.ts';

/** What each file looks like that would be read, by its path: its fingerprint, or why it can't be looked at. One that may be missing and is missing is not in it. */
export type ConfigLook = ReadonlyMap<string, string>;

/** Looks at everything that reading the configuration would read, and reads nothing. Never throws. */
export function lookAt(files: Files, { main, standIn, folder }: ConfigPaths): ConfigLook {
  const look = new Map<string, string>();

  /** False: it is not there, and may be missing. */
  function note(path: string, mayBeMissing: boolean): boolean {
    const facts = files.facts(path);
    const isMissing = facts.kind === 'failed' && facts.code === 'ENOENT';
    if (isMissing && mayBeMissing) return false;
    look.set(path, facts.kind === 'failed' ? facts.code : facts.fingerprint);
    return true;
  }

  if (!note(main, true) && standIn !== null) note(standIn, true);
  if (folder === null) return look;
  const names = files.entries(folder);
  if ('kind' in names) {
    if (names.code !== 'ENOENT') look.set(folder, names.code);
  } else for (const name of dropInsAmong(names)) note(join(folder, name), false);
  return look;
}

/** What the files looked like when they were read without a problem; null: one of them was a pipe, which can't be looked at again. */
export function lookOf(source: Source): ConfigLook | null {
  const look = new Map<string, string>();
  for (const { file, fingerprint } of source.files) {
    if (fingerprint === null || /^\/(dev\/(fd|std)|proc\/)/.test(file)) return null; // `-f <(…)`: the descriptor is closed by now
    look.set(file, fingerprint);
  }
  return look;
}

/** Whether nobody wrote to, replaced, added or removed a file between two looks. */
export function isSameLook(one: ConfigLook, other: ConfigLook): boolean {
  if (one.size !== other.size) return false;
  for (const [path, seen] of one) if (other.get(path) !== seen) return false;
  return true;
}
