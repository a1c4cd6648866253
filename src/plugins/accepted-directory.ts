import type { Clock } from '../io/clock.ts';
import type { Files } from '../io/disk/files.ts';
import { type PluginOrigin, scriptDirectory } from './origin.ts';
import type { PermissionChecker } from './permissions.ts';
import { emptyScan, type Scan } from './scan.ts';
import { isAsJudged, refusedFolder, rememberedMs } from './way.ts';

/**
 * Knows whether a directory may still be used, right before its plugins run. Looks at it, and at
 * the folders above it, every 50 ms while plugins start.
 */
export class AcceptedDirectory {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** For which scan, and when, the last look accepted the directory. */
  #last: { readonly scan: Scan; readonly atMs: number } = { scan: emptyScan, atMs: Number.NEGATIVE_INFINITY };

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Whether the directory is the one that this scan accepted, and still accepted. Never throws. */
  isAccepted(files: Files, dir: string, checker: PermissionChecker, scan: Scan, origin: PluginOrigin): boolean {
    const nowMs = this.#clock.monotonicMs();
    const { scan: known, atMs } = this.#last;
    if (known === scan && scan.isStrict === checker.isStrict && nowMs - atMs < rememberedMs) return true;
    const isAccepted = isAsAccepted(files, dir, checker, scan, origin);
    if (isAccepted) this.#last = { scan, atMs: nowMs };
    return isAccepted;
  }
}

/**
 * Whether the directory is the one that a scan accepted, and still accepted. Judges the folders
 * above it, and itself, again only if a fingerprint changed. Never throws.
 */
export function isAsAccepted(
  files: Files,
  dir: string,
  checker: PermissionChecker,
  scan: Scan,
  { rule }: PluginOrigin = scriptDirectory,
): boolean {
  const { fingerprint, inode, way, isStrict } = scan;
  if (way === null || isStrict !== checker.isStrict) return false;
  if (!isAsJudged(files, way) && refusedFolder(rule.wayToDirectory(files, dir, checker, null), checker) !== null)
    return false;
  if (fingerprint !== null && files.fingerprint(dir) === fingerprint) return true;
  const facts = files.facts(dir);
  return (
    facts.kind !== 'failed' && facts.inode === inode && rule.judgeDirectory(dir, facts, null, files, checker) === null
  );
}
