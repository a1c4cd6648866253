import type { Clock } from '../io/clock.ts';
import type { FileFailure } from '../io/disk/file-failure.ts';
import type { FileFacts, Files } from '../io/disk/files.ts';
import type { PathStep } from '../io/disk/path-steps.ts';
import type { ExposedFolder } from '../model/exposed-folder.ts';
import type { DirectoryRejection } from '../model/plugin.ts';
import { judgeDirectory, judgeScript, type PermissionChecker, type RefusalFiles } from './permissions.ts';
import { asksGroups, judgeFolder } from './strict-modes.ts';

/** The folders that the system passes on its way to a path, judged. */
export type Way = {
  /** The first folder in which others can have the way lead elsewhere; null: there is none. */
  readonly exposed: ExposedFolder | null;
  /** The first folder in which members of a group can; null: there is none. */
  readonly byGroup: ExposedFolder | null;
  /** The folders, and the links, that were passed. */
  readonly passed: readonly string[];
  /** Whether the verdict depends on who is in a group. */
  readonly asksGroups: boolean;
  /** Stays the same while the verdict does; null: it must be judged again. */
  readonly fingerprint: string | null;
};

/** What it takes to judge the way to a path. */
export type WayFiles = Pick<
  Files,
  'pathSteps' | 'entryFingerprint' | 'groupsFingerprint' | 'accessList' | 'group' | 'userName'
>;

/** For how long a look at what only root and the agent's user can change is good. */
export const rememberedMs = 50;

/** Where owners and modes do not count, no folder is looked at. */
const unjudged: Way = { exposed: null, byGroup: null, passed: [], asksGroups: false, fingerprint: '' };

/**
 * Judges the way to a path. `before` is the last verdict, which stays while nothing on the way has
 * changed. Null: the path does not lead anywhere. Never throws.
 */
export function wayTo(files: WayFiles, path: string, checker: PermissionChecker, before: Way | null): Way | null {
  return judgedWay(files, path, checker, before, false);
}

/** Judges the way to a path, and what is at its end, as `wayTo` does. */
export function wayInto(files: WayFiles, path: string, checker: PermissionChecker, before: Way | null): Way | null {
  return judgedWay(files, path, checker, before, true);
}

function judgedWay(
  files: WayFiles,
  path: string,
  checker: PermissionChecker,
  before: Way | null,
  isInto: boolean,
): Way | null {
  if (!checker.checksModes) return unjudged;
  if (before !== null && isAsJudged(files, before)) return before;
  const first = files.pathSteps(path, isInto);
  if ('kind' in first) return null;
  const [passed, asks] = [passedOn(first), first.some(asksGroups)];
  const fingerprint = wayFingerprint(files, passed, asks);
  // Judged is what was there after the fingerprint was taken: a change in between is seen later.
  const steps = files.pathSteps(path, isInto);
  if ('kind' in steps) return null;
  const isSame = passedOn(steps).join('\0') === passed.join('\0') && steps.some(asksGroups) === asks;
  const exposures = steps.map((step) => judgeFolder(step, files, checker)).filter((one) => one !== null);
  return {
    exposed: exposures.find(({ to }) => to.kind !== 'group') ?? null,
    byGroup: exposures.find(({ to }) => to.kind === 'group') ?? null,
    passed,
    asksGroups: asks,
    fingerprint: isSame ? fingerprint : null,
  };
}

/** Judges the way to the target of a link, as `wayTo` does. Null: it is not a link. */
export function wayToTarget(
  files: WayFiles & Pick<Files, 'isLink'>,
  path: string,
  checker: PermissionChecker,
  before: Way | null,
): Way | null {
  return files.isLink(path) ? wayTo(files, path, checker, before) : null;
}

/** Whether nothing on the way has changed since it was judged. Costs a look at each folder. */
export function isAsJudged(files: WayFiles, { passed, asksGroups: asks, fingerprint }: Way): boolean {
  return fingerprint !== null && wayFingerprint(files, passed, asks) === fingerprint;
}

/**
 * Judges the plugin directory, and the way to it. What others can replace is named first: to
 * correct what they put there would do harm. Null: accepted.
 */
export function judgeDirectoryOnWay(
  path: string,
  facts: FileFacts | FileFailure,
  way: Way | null,
  files: Pick<Files, 'linkTarget' | 'userName'>,
  checker: PermissionChecker,
): DirectoryRejection | null {
  const own = judgeDirectory(path, facts, files, checker);
  const folder = refusedFolder(way, checker);
  if (folder === null || (own !== null && own.kind !== 'wrong-mode' && own.kind !== 'wrong-owner')) return own;
  return { kind: 'exposed', path, folder };
}

/** Judges a script, and the way to the target of a link, as `judgeScript` does a script. */
export function judgeScriptOnWay(
  path: string,
  facts: FileFacts | FileFailure,
  way: Way | null,
  files: RefusalFiles,
  checker: PermissionChecker,
): ReturnType<typeof judgeScript> {
  const own = judgeScript(path, facts, files, checker);
  const folder = refusedFolder(way, checker);
  if (folder === null || own === 'no-plugin') return own;
  if (own !== null && own.kind !== 'wrong-mode' && own.kind !== 'wrong-owner') return own;
  return { kind: 'exposed', path, target: files.linkTarget(path) ?? path, folder };
}

/** The folder for which a way is refused; null: it is accepted. */
export function refusedFolder(way: Way | null, { isStrict }: PermissionChecker): ExposedFolder | null {
  return way && (way.exposed ?? (isStrict ? way.byGroup : null));
}

/** The folder for which a way is accepted with a warning; null: there is none. */
export function warnedFolder(way: Way | null, { isStrict }: PermissionChecker): ExposedFolder | null {
  return isStrict || way === null || way.exposed ? null : way.byGroup;
}

/**
 * Makes files that remember each look at a folder, and at the files of groups, for 50 ms. In a tick
 * of many plugins, the folders above them are looked at every 50 ms and not before each run.
 */
export function withRememberedLooks(files: Files, clock: Clock): Files {
  const looks = new Map<string, string | null>();
  let sinceMs = Number.NEGATIVE_INFINITY;
  const remembered = (key: string, look: () => string | null): string | null => {
    const nowMs = clock.monotonicMs();
    if (nowMs - sinceMs >= rememberedMs) {
      looks.clear();
      sinceMs = nowMs;
    }
    const known = looks.get(key);
    if (known !== undefined) return known;
    const found = look();
    looks.set(key, found);
    return found;
  };
  return {
    ...files,
    entryFingerprint: (path) => remembered(path, () => files.entryFingerprint(path)),
    groupsFingerprint: () => remembered('', files.groupsFingerprint) ?? '',
  };
}

function passedOn(steps: readonly PathStep[]): readonly string[] {
  const links = steps.filter(({ isLink }) => isLink);
  return [
    ...new Set([
      ...steps.map(({ folder }) => folder),
      ...links.map(({ folder, entry }) => (folder === '/' ? `/${entry}` : `${folder}/${entry}`)),
    ]),
  ];
}

function wayFingerprint(files: WayFiles, passed: readonly string[], asks: boolean): string {
  let text = asks ? files.groupsFingerprint() : '';
  for (const path of passed) text += `${files.entryFingerprint(path)}\n`;
  return text;
}
