import { join } from 'node:path';
import type { Files } from '../io/disk/files.ts';
import { type ConfigPaths, dropInsAmong, type Source } from './source.ts';

/**
 * The fingerprint of each file that the configuration is read from, by its path; the error's code
 * for a file that can't be looked at. A missing file that may be missing is left out.
 */
export type ConfigFingerprints = ReadonlyMap<string, string>;

/**
 * Looks at every file that the configuration would be read from, without reading it. Never throws.
 */
export function fingerprintsOf(files: Files, { main, standIn, folder }: ConfigPaths): ConfigFingerprints {
  const fingerprints = new Map<string, string>();

  /** False: the file is missing, and may be. */
  function note(path: string, mayBeMissing: boolean): boolean {
    const facts = files.facts(path);
    const isMissing = facts.kind === 'failed' && facts.code === 'ENOENT';
    if (isMissing && mayBeMissing) return false;
    fingerprints.set(path, facts.kind === 'failed' ? facts.code : facts.fingerprint);
    return true;
  }

  if (!note(main, true) && standIn !== null) note(standIn, true);
  if (folder === null) return fingerprints;
  const names = files.entries(folder);
  if ('kind' in names) {
    if (names.code !== 'ENOENT') fingerprints.set(folder, names.code);
  } else for (const name of dropInsAmong(names)) note(join(folder, name), false);
  return fingerprints;
}

/**
 * Looks at the same files at less cost. The text that it returns changes when one of the `known`
 * files is written or replaced, or the folder gets or loses an entry. Why a file can't
 * be looked at makes no difference to it. Never throws.
 */
export function glanceAt(
  files: Pick<Files, 'fingerprint'>,
  { main, standIn, folder }: ConfigPaths,
  known: ConfigFingerprints,
): string {
  let text = '';
  for (const path of [main, standIn, folder, ...known.keys()])
    text += `${path === null ? null : files.fingerprint(path)}\n`;
  return text;
}

/**
 * The fingerprints that the files had when they were read. Null: one of them was a pipe or a
 * descriptor, which can be read only once.
 */
export function fingerprintsWhenRead(source: Source): ConfigFingerprints | null {
  const fingerprints = new Map<string, string>();
  for (const { file, fingerprint } of source.files) {
    const isDescriptor = /^\/(dev\/(fd|std)|proc\/)/.test(file); // `-f <(…)`: closed by now
    if (fingerprint === null || isDescriptor) return null;
    fingerprints.set(file, fingerprint);
  }
  return fingerprints;
}

/** Whether no file was written, replaced, added or removed between two looks. */
export function areSameFingerprints(one: ConfigFingerprints, other: ConfigFingerprints): boolean {
  if (one.size !== other.size) return false;
  for (const [path, fingerprint] of one) if (other.get(path) !== fingerprint) return false;
  return true;
}
